//! The city's people: who could live in it, and who does.

use super::{Control, ControlError};
use crate::{
    agencies, bank, city,
    context::Ctx,
    personas::{self, Persona},
};
use rabt_protocol::Localized;
use serde::{Deserialize, Serialize};

/// A person whom QA can be. Everything about them is made up, so that it can be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonaSummary {
    /// The identifier.
    pub persona_id: String,
    /// Who they are to the identity provider (`sub`).
    pub subject: String,
    /// Their name.
    pub name: Localized,
    /// Who they are, in a sentence.
    pub about: Localized,
    /// With which they sign in.
    pub emirates_id: String,
    /// With which they sign in.
    pub pin: String,
    /// With which they confirm a step-up.
    pub otp: String,
    /// Whether they live in this city at present.
    pub loaded: bool,
    /// Whether they have a bank account.
    pub has_bank_account: bool,
    /// Whether they have a card.
    pub has_card: bool,
}

impl Control {
    /// Everybody who could live in the city, and whether they do.
    ///
    /// # Errors
    /// [`ControlError::Failed`].
    pub fn personas(&self) -> Result<Vec<PersonaSummary>, ControlError> {
        let loaded = city::loaded_personas(&self.ctx().state)?;
        let summary = |persona: &Persona| PersonaSummary {
            persona_id: persona.persona_id.clone(),
            subject: persona.subject.clone(),
            name: persona.name.clone(),
            about: persona.about.clone(),
            emirates_id: persona.emirates_id.clone(),
            pin: persona.pin.clone(),
            otp: persona.otp.clone(),
            loaded: loaded.contains(&persona.persona_id),
            has_bank_account: persona.bank.is_some(),
            has_card: persona.card.is_some(),
        };
        Ok(personas::all().iter().map(summary).collect())
    }

    /// Moves a person in: their accounts and bills at the agencies, their money at the bank. A second time does nothing.
    ///
    /// # Errors
    /// [`ControlError::NotFound`] where nobody has the identifier.
    pub fn load_persona(&self, persona_id: &str) -> Result<(), ControlError> {
        load(self.ctx(), find(persona_id)?)
    }
}

/// The persona with an identifier.
pub(super) fn find(persona_id: &str) -> Result<&'static Persona, ControlError> {
    personas::find(persona_id).ok_or_else(|| ControlError::not_found(format!("persona `{persona_id}`")))
}

/// Moves a person in.
pub(crate) fn load(ctx: &Ctx, persona: &Persona) -> Result<(), ControlError> {
    agencies::seed(ctx, persona)?;
    bank::seed(ctx, persona)?;
    city::keep_persona(&ctx.state, &persona.persona_id)?;
    Ok(())
}
