//! The stack that Rabt stands on, and nothing of Rabt: fetches JSON over TLS with the platform's roots, seals it into SQLite, and
//! reads it back, through UniFFI. It uses each of the dependencies as an app would and is compiled as the client is, so the client's
//! size against this one's says what Rabt itself weighs. It is never shipped, and must not learn anything that Rabt does.

use ring::{
    aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    rand::{SecureRandom as _, SystemRandom},
};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, PoisonError};

uniffi::setup_scaffolding!();

/// What can fail.
#[derive(Debug, thiserror::Error, uniffi::Error)]
#[uniffi(flat_error)]
pub enum BareError {
    /// The network.
    #[error("network: {0}")]
    Network(#[from] reqwest::Error),
    /// A URL.
    #[error("URL: {0}")]
    Url(#[from] url::ParseError),
    /// TLS.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The database.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// JSON.
    #[error("JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The cryptography.
    #[error("a row can't be sealed or opened")]
    Seal,
}

impl From<ring::error::Unspecified> for BareError {
    fn from(_: ring::error::Unspecified) -> Self {
        Self::Seal
    }
}

/// A bill, about.
#[derive(Serialize, Deserialize, uniffi::Record)]
pub struct Row {
    id: String,
    title: String,
    amount_fils: i64,
    due_on: String,
}

/// The client of one server with one table.
#[derive(uniffi::Object)]
pub struct Bare {
    http: reqwest::Client,
    database: Mutex<Connection>,
    key: LessSafeKey,
    random: SystemRandom,
}

#[uniffi::export(async_runtime = "tokio")]
impl Bare {
    /// Opens the database in a file, with a new key.
    #[uniffi::constructor]
    pub fn open(path: &str) -> Result<Arc<Self>, BareError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = rustls_platform_verifier::Verifier::new(Arc::clone(&provider))?;
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        let database = Connection::open(path)?;
        database.execute_batch("CREATE TABLE IF NOT EXISTS row (id TEXT PRIMARY KEY, due TEXT, payload BLOB)")?;
        let random = SystemRandom::new();
        let mut key = [0; 32];
        random.fill(&mut key)?;
        Ok(Arc::new(Self {
            http: reqwest::Client::builder().tls_backend_preconfigured(tls).build()?,
            database: Mutex::new(database),
            key: LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &key)?),
            random,
        }))
    }

    /// Fetches rows, seals them and keeps them; says how many.
    pub async fn refresh(&self, url: String) -> Result<u32, BareError> {
        let answer = self.http.get(url::Url::parse(&url)?).send().await?.error_for_status()?;
        let rows: Vec<Row> = serde_json::from_slice(&answer.bytes().await?)?;
        tracing::info!(rows = rows.len(), "refreshed");
        let mut database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = database.transaction()?;
        for row in &rows {
            let mut nonce = [0; NONCE_LEN];
            self.random.fill(&mut nonce)?;
            let mut sealed = serde_json::to_vec(row)?;
            let nonce_used = Nonce::assume_unique_for_key(nonce);
            self.key
                .seal_in_place_append_tag(nonce_used, Aad::from(row.id.as_bytes()), &mut sealed)?;
            let payload = [nonce.as_slice(), &sealed].concat();
            transaction.execute(
                "INSERT OR REPLACE INTO row (id, due, payload) VALUES (?1, ?2, ?3)",
                (&row.id, &row.due_on, payload),
            )?;
        }
        transaction.commit()?;
        Ok(u32::try_from(rows.len()).unwrap_or(u32::MAX))
    }

    /// The first rows by due day.
    pub fn page(&self, limit: u32) -> Result<Vec<Row>, BareError> {
        let database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = database.prepare_cached("SELECT id, payload FROM row ORDER BY due LIMIT ?1")?;
        let mut rows = statement.query([limit])?;
        let mut page = Vec::new();
        while let Some(row) = rows.next()? {
            let (id, sealed): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
            let (nonce, sealed) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(BareError::Seal)?;
            let mut sealed = sealed.to_vec();
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let opened = self.key.open_in_place(nonce, Aad::from(id.as_bytes()), &mut sealed)?;
            page.push(serde_json::from_slice(opened)?);
        }
        Ok(page)
    }
}
