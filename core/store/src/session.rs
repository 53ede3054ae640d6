//! The session and the device's key, in the ledger: what says who is signed in here.

use crate::{
    Secret, SecretText, Store, StoreError,
    file::encode_within,
    rows::session::{SessionOut, SessionRow},
    seal::Broken,
};
use rabt_domain::{Personal, SubjectId, Timestamp};

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct Session<'a> {
    pub(crate) store: &'a Store,
}

/// The slots.
const SESSION: &str = "session";
const OWNER: &str = "owner";
const DEVICE_KEY: &str = "device key";

/// More than a session's tokens take, so that the buffer that they are written into need not grow.
const SESSION_BYTES: usize = 32 << 10;

/// A session as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSession {
    /// The person (`sub`).
    pub subject: SubjectId,
    /// Who says so (`iss`).
    pub issuer: String,
    /// What opens the agencies.
    pub access_token: SecretText,
    /// What renews it, where one was given.
    pub refresh_token: Option<SecretText>,
    /// `DPoP` or `Bearer`.
    pub token_type: String,
    /// When the tokens came.
    pub received_at: Timestamp,
    /// When the access token expires.
    pub expires_at: Timestamp,
    /// What was granted.
    pub scope: Option<String>,
    /// The nonce of the sign-in, which later ID tokens may repeat.
    pub nonce: Option<SecretText>,
    /// How often the tokens have been replaced.
    pub generation: u64,
    /// The assurance level that was reached.
    pub acr: Option<String>,
    /// The ID token, for the hint at sign-out.
    pub id_token: Option<SecretText>,
    /// The person's name in English, where it was told.
    pub name_en: Option<Personal<String>>,
    /// The person's name in Arabic, where it was told.
    pub name_ar: Option<Personal<String>>,
}

impl Session<'_> {
    /// The session, where there is one.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where it can't be read: the person signs in again.
    pub fn load(&self) -> Result<Option<StoredSession>, StoreError> {
        self.store.ledger_read(|tx| {
            let row: Option<SessionRow> = tx.slot(SESSION)?;
            Ok(row.map(StoredSession::try_from).transpose()?)
        })
    }

    /// Keeps a session in place of the last, whole: a new refresh token and its expiry are never apart. It is on the disk when
    /// this returns, so a token may be used from then on.
    ///
    /// # Errors
    /// Those of the disk; the last session is then unchanged.
    pub fn save(&self, session: &StoredSession) -> Result<(), StoreError> {
        self.store.ledger_write(|tx| {
            let payload = encode_within(SESSION_BYTES, &SessionOut::from(session))?;
            tx.set_slot_bytes(SESSION, &payload)?;
            tx.set_slot_bytes(OWNER, session.subject.as_str().as_bytes())
        })
    }

    /// Whose data is in these files: the person who signed in last, also once their session has ended.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where it can't be read.
    pub fn owner(&self) -> Result<Option<SubjectId>, StoreError> {
        self.store.ledger_read(|tx| {
            let broken = || Broken {
                table: crate::slot::TABLE,
            };
            let Some(bytes) = tx.slot_bytes(OWNER)? else {
                return Ok(None);
            };
            let text = String::from_utf8(bytes.to_vec()).map_err(|_| broken())?;
            Ok(Some(SubjectId::parse(text).map_err(|_| broken())?))
        })
    }

    /// Forgets the session, and nothing else. A sign-out is [`Store::destroy`].
    ///
    /// # Errors
    /// Those of the disk.
    pub fn clear(&self) -> Result<(), StoreError> {
        self.store.ledger_write(|tx| tx.clear_slot(SESSION))
    }

    /// The key that proves this device (PKCS#8), where one was made.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where it can't be read: a new one is made at the next sign-in.
    pub fn device_key(&self) -> Result<Option<Secret>, StoreError> {
        self.store.ledger_read(|tx| {
            let bytes = tx.slot_bytes(DEVICE_KEY)?;
            Ok(bytes.map(|mut bytes| Secret::new(std::mem::take(&mut *bytes))))
        })
    }

    /// Keeps the device's key in place of the last.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn save_device_key(&self, pkcs8: &Secret) -> Result<(), StoreError> {
        self.store
            .ledger_write(|tx| tx.set_slot_bytes(DEVICE_KEY, pkcs8.reveal()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Fixture, now};

    fn session(refresh: &str) -> StoredSession {
        StoredSession {
            subject: SubjectId::parse("subject-1").unwrap(),
            issuer: "https://id.example".to_owned(),
            access_token: SecretText::new("access".to_owned()),
            refresh_token: Some(SecretText::new(refresh.to_owned())),
            token_type: "DPoP".to_owned(),
            received_at: now(),
            expires_at: now().plus_seconds(300),
            scope: Some("openid bills".to_owned()),
            nonce: Some(SecretText::new("nonce".to_owned())),
            generation: 4,
            acr: Some("high".to_owned()),
            id_token: Some(SecretText::new("id".to_owned())),
            name_en: Some(Personal::new("Noura Example".to_owned())),
            name_ar: None,
        }
    }

    #[test]
    fn a_session_is_replaced_whole_and_outlives_a_restart() {
        let fixture = Fixture::new();
        assert_eq!(fixture.store.session().load().unwrap(), None);
        assert_eq!(fixture.store.session().owner().unwrap(), None);
        fixture.store.session().save(&session("one")).unwrap();
        fixture.store.session().save(&session("two")).unwrap();
        fixture
            .store
            .session()
            .save_device_key(&Secret::new(vec![1, 2, 3]))
            .unwrap();
        let fixture = fixture.reopened(|_| {});
        let room = fixture.store.session();
        assert_eq!(room.load().unwrap(), Some(session("two")));
        room.clear().unwrap();
        assert_eq!(room.load().unwrap(), None);
        assert_eq!(room.owner().unwrap(), Some(session("two").subject));
        assert_eq!(room.device_key().unwrap(), Some(Secret::new(vec![1, 2, 3])));
    }

    #[test]
    fn nothing_of_a_session_is_shown() {
        let shown = format!("{:?}", session("refresh-me"));
        for secret in ["access\"", "refresh-me", "Noura", "subject-1"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
