//! What control does at the identity provider: signing people out, letting tokens run out, rolling keys, and having it choose or
//! misbehave as real providers do.

use super::{Control, ControlError, people};
use crate::identity::{IdentitySettings, Tamper, admin};

impl Control {
    /// Signs a person out everywhere, browsers and apps; returns how many apps' grants ended.
    ///
    /// # Errors
    /// [`ControlError::NotFound`] where there is no such persona.
    pub fn revoke_sessions(&self, persona_id: &str) -> Result<usize, ControlError> {
        Ok(admin::revoke_sessions(self.ctx(), &people::find(persona_id)?.subject)?)
    }

    /// Ends a person's access tokens, not their refresh tokens; returns how many there were.
    ///
    /// # Errors
    /// [`ControlError::NotFound`] where there is no such persona.
    pub fn expire_access_tokens(&self, persona_id: &str) -> Result<usize, ControlError> {
        Ok(admin::expire_access_tokens(
            self.ctx(),
            &people::find(persona_id)?.subject,
        )?)
    }

    /// The provider signs with a new key from now on; the older ones stay published.
    ///
    /// # Errors
    /// [`ControlError::Failed`].
    pub fn roll_keys(&self) -> Result<(), ControlError> {
        Ok(admin::roll_keys(self.ctx())?)
    }

    /// The provider signs with a new key from now on and withdraws the others, as after a theft.
    ///
    /// # Errors
    /// [`ControlError::Failed`].
    pub fn replace_keys(&self) -> Result<(), ControlError> {
        Ok(admin::replace_keys(self.ctx())?)
    }

    /// What the provider does where the specifications leave it free.
    ///
    /// # Errors
    /// [`ControlError::Failed`].
    pub fn identity_settings(&self) -> Result<IdentitySettings, ControlError> {
        Ok(admin::settings(self.ctx())?)
    }

    /// Has the provider choose differently from now on.
    ///
    /// # Errors
    /// [`ControlError::Invalid`] for a setting that makes no sense.
    pub fn set_identity_settings(&self, settings: &IdentitySettings) -> Result<(), ControlError> {
        Ok(admin::configure(self.ctx(), settings)?)
    }

    /// Has the provider's next answer that it concerns be wrong; `None` takes the wish back.
    ///
    /// # Errors
    /// [`ControlError::Failed`].
    pub fn tamper_with_identity(&self, tamper: Option<Tamper>) -> Result<(), ControlError> {
        Ok(admin::tamper(self.ctx(), tamper)?)
    }
}
