//! The session and the device's key, in the ledger: what says who is signed in here.

use crate::{Secret, SecretText, Store, StoreError};
use rabt_domain::{Personal, SubjectId, Timestamp};

/// The room.
#[derive(Clone, Copy, Debug)]
pub struct Session<'a> {
    pub(crate) store: &'a Store,
}

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
    /// When the access token expires.
    pub expires_at: Timestamp,
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
        todo!()
    }

    /// Keeps a session in place of the last, whole: a new refresh token and its expiry are never apart. It is on the disk when
    /// this returns, so a token may be used from then on.
    ///
    /// # Errors
    /// Those of the disk; the last session is then unchanged.
    pub fn save(&self, session: &StoredSession) -> Result<(), StoreError> {
        let _ = session;
        todo!()
    }

    /// Forgets the session, and nothing else. A sign-out is [`Store::destroy`].
    ///
    /// # Errors
    /// Those of the disk.
    pub fn clear(&self) -> Result<(), StoreError> {
        todo!()
    }

    /// The key that proves this device (PKCS#8), where one was made.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] where it can't be read: a new one is made at the next sign-in.
    pub fn device_key(&self) -> Result<Option<Secret>, StoreError> {
        todo!()
    }

    /// Keeps the device's key in place of the last.
    ///
    /// # Errors
    /// Those of the disk.
    pub fn save_device_key(&self, pkcs8: &Secret) -> Result<(), StoreError> {
        let _ = pkcs8;
        todo!()
    }
}
