//! What a provider is free to choose, chosen here while the city runs, and kept with the rest of its memory.

use super::error::IdentityError;
use crate::{city::CityConfig, context::Context};
use rusqlite::{OptionalExtension as _, Transaction, params};
use serde::{Deserialize, Serialize};

/// Whether something is there, and whether it must be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Offer {
    /// It is not there, and the metadata doesn't name it.
    Absent,
    /// A client may use it.
    #[default]
    Optional,
    /// A client must use it.
    Required,
}

/// What the provider does where the specifications leave it free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentitySettings {
    /// Pushed authorization requests.
    pub pushed_requests: Offer,
    /// Proof of possession.
    pub dpop: Offer,
    /// Whether the token and PAR endpoints ask for a nonce of theirs in each proof.
    pub dpop_nonces: bool,
    /// Whether the gateway and the agencies ask for a nonce of theirs in each proof.
    pub resource_dpop_nonces: bool,
    /// Whether each use of a refresh token replaces it (RFC 9700, 4.14.2) or leaves it valid (FAPI 2.0).
    pub refresh_rotation: bool,
    /// Whether the authorization response carries `iss` (RFC 9207).
    pub response_issuer: bool,
    /// How long an access token is valid.
    pub access_token_seconds: u32,
    /// How long a refresh token is valid without being used.
    pub refresh_token_seconds: u32,
}

impl From<&CityConfig> for IdentitySettings {
    /// How the provider begins.
    fn from(config: &CityConfig) -> Self {
        let required = |required| if required { Offer::Required } else { Offer::Optional };
        Self {
            pushed_requests: required(config.require_par),
            dpop: required(config.require_dpop),
            dpop_nonces: true,
            resource_dpop_nonces: config.resource_nonces,
            refresh_rotation: config.rotate_refresh_tokens,
            response_issuer: true,
            access_token_seconds: config.access_token_seconds,
            refresh_token_seconds: REFRESH_TOKEN_SECONDS,
        }
    }
}

/// A month: somebody who opens the app to pay the month's bills stays signed in.
const REFRESH_TOKEN_SECONDS: u32 = 31 * 24 * 60 * 60;
/// Where they are kept once they were changed.
const NAME: &str = "settings";

impl IdentitySettings {
    /// Those that hold now.
    pub(super) fn read(ctx: &Context, tx: &Transaction<'_>) -> Result<Self, IdentityError> {
        match value(tx, NAME)? {
            Some(json) => Ok(serde_json::from_str(&json)?),
            None => Ok(Self::from(&ctx.config)),
        }
    }

    /// Makes these hold from now on.
    pub(super) fn write(&self, tx: &Transaction<'_>) -> Result<(), IdentityError> {
        if self.access_token_seconds == 0 || self.refresh_token_seconds == 0 {
            return Err(IdentityError::Refused {
                field: "token_seconds",
                reason: "a token must live for a second",
            });
        }
        set_value(tx, NAME, &serde_json::to_string(self)?)?;
        Ok(())
    }
}

/// A named value of the provider's.
pub(super) fn value(tx: &Transaction<'_>, name: &str) -> rusqlite::Result<Option<String>> {
    tx.query_row("SELECT value FROM identity_setting WHERE name = ?1", [name], |row| {
        row.get(0)
    })
    .optional()
}

/// Sets a named value.
pub(super) fn set_value(tx: &Transaction<'_>, name: &str, value: &str) -> rusqlite::Result<()> {
    tx.execute(
        "INSERT INTO identity_setting (name, value) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![name, value],
    )?;
    Ok(())
}

/// Forgets a named value.
pub(super) fn clear_value(tx: &Transaction<'_>, name: &str) -> rusqlite::Result<()> {
    tx.execute("DELETE FROM identity_setting WHERE name = ?1", [name])?;
    Ok(())
}
