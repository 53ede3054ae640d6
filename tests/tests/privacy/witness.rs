//! Who listens: every value that the core hands out is said here as `Debug` says it, every file is kept as it was at some moment, and
//! what must be in neither is noted as it comes to light.

use rabt::{
    RabtError,
    jose::{Es256Key, Jwk, SignError, Signer},
    store::Store,
};
use rabt_tests::{Canaries, Phone};
use std::{
    fmt::{Debug, Write as _},
    fs,
    sync::{Arc, Mutex, PoisonError},
};

/// See the module.
#[derive(Default)]
pub(crate) struct Witness {
    pub(crate) canaries: Canaries,
    /// What values said of themselves.
    pub(crate) said: String,
    /// Files as they were, by when and name.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// How often another party tried to have the core let something out.
    pub(crate) attacks: usize,
}

impl Witness {
    /// A value was handed out.
    pub(crate) fn hears<T: Debug>(&mut self, value: T) -> T {
        writeln!(self.said, "{value:?}").unwrap();
        value
    }

    /// A call ended; an error says of itself what a log would have.
    pub(crate) fn told<T: Debug>(&mut self, outcome: Result<T, RabtError>) -> Result<T, RabtError> {
        match outcome {
            Ok(value) => Ok(self.hears(value)),
            Err(error) => {
                writeln!(self.said, "{error} {}", error.code()).unwrap();
                Err(self.hears(error))
            }
        }
    }

    /// Keeps every file of the phone's folder.
    pub(crate) fn sees_files(&mut self, phone: &Phone, when: &str) {
        for entry in fs::read_dir(phone.dir.path()).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            self.files.push((format!("{when}: {name}"), fs::read(&path).unwrap()));
        }
    }

    /// Notes the secrets of the session that is in the paused or closed phone's files, and the keys.
    pub(crate) fn learns_secrets(&mut self, phone: &Phone) {
        let now = rabt::Clock::now(&*phone.clock);
        let (store, _) = Store::open(phone.dir.path(), phone.ports().secrets, now).unwrap();
        if let Some(session) = store.session().load().unwrap() {
            self.canaries.add("an access token", session.access_token.reveal());
            let texts = [
                ("a refresh token", &session.refresh_token),
                ("an ID token", &session.id_token),
                ("a sign-in's nonce", &session.nonce),
            ];
            for (what, text) in texts {
                if let Some(text) = text {
                    self.canaries.add(what, text.reveal());
                }
            }
            self.canaries.add("a subject", session.subject.as_str());
        }
        if let Some(key) = store.session().device_key().unwrap() {
            self.canaries.add_bytes("the device's key", key.reveal());
        }
        let master = phone.ports().secrets.get("rabt.store.master-key").unwrap().unwrap();
        self.canaries.add_bytes("the master key", master.reveal());
    }

    /// Notes the parameters of a URL that belong to nobody but the browser and the app.
    pub(crate) fn learns_url(&mut self, url: &str) {
        let url = url::Url::parse(url).unwrap();
        for (name, value) in url.query_pairs() {
            if ["code", "state", "request_uri", "link_id"].contains(&&*name) {
                self.canaries.add(&format!("a URL's {name}"), &value);
            }
        }
    }
}

/// A device's key that remembers its signatures.
pub(crate) struct RememberingSigner {
    key: Es256Key,
    signatures: Mutex<Vec<Vec<u8>>>,
}

impl RememberingSigner {
    pub(crate) fn new() -> Arc<Self> {
        let key = Es256Key::from_pkcs8(&Es256Key::generate_pkcs8().unwrap()).unwrap();
        Arc::new(Self {
            key,
            signatures: Mutex::default(),
        })
    }

    /// Every signature so far.
    pub(crate) fn signatures(&self) -> Vec<Vec<u8>> {
        self.signatures.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Signer for RememberingSigner {
    fn public_key(&self) -> Jwk {
        self.key.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let signature = self.key.sign(message)?;
        let mut signatures = self.signatures.lock().unwrap_or_else(PoisonError::into_inner);
        signatures.push(signature.clone());
        Ok(signature)
    }
}
