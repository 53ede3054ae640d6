//! Linking what a person pays with: the person is sent to the bank's or the processor's page and comes back with a code. Neither
//! an account's full number nor a card's ever comes here.

use super::{GatewayClient, document, too_many, wired};
use crate::{
    LinkError,
    agency::{gone, refused_member},
    call::NOTHING,
    limits::{INSTRUMENTS_MAX, LINK_CODE_CHARS_MAX, SINGLE_BYTES_MAX, URL_BYTES_MAX},
    wire::{self, Entries, Sifted},
};
use http::Method;
use rabt_domain::{
    IdempotencyKey, Instrument, InstrumentId, InstrumentKind, Invalid, InvalidReason, LinkId, Timestamp,
};
use rabt_protocol::instrument as wire_types;
use serde::Deserialize;
use serde_json::value::RawValue;
use url::Url;

/// An attempt to link an instrument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewLink<'a> {
    /// Which.
    pub kind: InstrumentKind,
    /// Where the page sends the person back to.
    pub return_uri: &'a str,
    /// Unguessable; comes back unchanged, and must, or the return is refused.
    pub state: &'a str,
    /// The key of this attempt.
    pub key: IdempotencyKey,
}

/// Where to send the person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkBegun {
    /// Names the attempt.
    pub link: LinkId,
    /// The bank's consent page or the processor's card page, HTTPS.
    pub authorize_url: Url,
    /// Until when the attempt can be completed.
    pub expires_at: Timestamp,
}

#[derive(Deserialize)]
struct Instruments<'a> {
    subject: String,
    #[serde(borrow)]
    instruments: Entries<&'a RawValue, INSTRUMENTS_MAX>,
}

impl GatewayClient {
    /// The person's instruments, also those that can't be used at present. One that can't be read is left out and said so.
    ///
    /// # Errors
    /// [`LinkError`].
    pub async fn instruments(&self) -> Result<Sifted<Instrument>, LinkError> {
        let call = self.get("gateway.instruments", &["v1", "instruments"], &[], SINGLE_BYTES_MAX);
        let response = self.caller.call(&call).await?;
        let answer: Instruments<'_> = document(&response)?;
        self.check_subject(&answer.subject)?;
        if answer.instruments.too_many {
            return Err(too_many("more instruments than a person has"));
        }
        let mut instruments = Sifted::new();
        for entry in answer.instruments.entries {
            instruments.take(wired::instrument(entry.get()).map_err(|invalid| wire::incident_of(&invalid)));
        }
        Ok(instruments)
    }

    /// Begins to link an instrument. Repeating it with its key is the same attempt. `now` is the device's clock, by which it says until
    /// when the attempt can be completed.
    ///
    /// # Errors
    /// [`LinkError::InvalidInput`] for a kind that can't be linked, a malformed `return_uri` or `state`, with nothing sent; else
    /// [`LinkError`]; after [`LinkError::Lost`] repeat it under the same key.
    pub async fn begin_link(&self, new: &NewLink<'_>, now: Timestamp) -> Result<LinkBegun, LinkError> {
        let request = checked(new).map_err(LinkError::InvalidInput)?;
        let mut call = self
            .change("gateway.link.begin", Method::POST, &["v1", "instrument-links"])
            .with_json(&request)?;
        call.key = Some(new.key.clone());
        let response = self.caller.call(&call).await?;
        let begun: wire_types::LinkBegun = document(&response).map_err(LinkError::into_lost)?;
        let mut begun = wired::link_begun(begun).map_err(|invalid| refused_member(invalid).into_lost())?;
        begun.expires_at = wire::by_our_clock(begun.expires_at, &response.headers, now);
        Ok(begun)
    }

    /// Completes an attempt with the code that the page gave. Repeating it answers the same instrument.
    ///
    /// # Errors
    /// [`LinkError::InvalidInput`] for a code that can't be one, with nothing sent; else [`LinkError`]; after [`LinkError::Lost`] repeat
    /// it.
    pub async fn complete_link(&self, link: &LinkId, code: &str) -> Result<Instrument, LinkError> {
        let fits = !code.is_empty() && code.len() <= LINK_CODE_CHARS_MAX && code.bytes().all(|b| b.is_ascii_graphic());
        if !fits {
            let invalid = Invalid::new("code", InvalidReason::Malformed);
            return Err(LinkError::InvalidInput(invalid));
        }
        let request = wire_types::CompleteLink { code: code.to_owned() };
        let path = ["v1", "instrument-links", link.as_str(), "complete"];
        let call = self
            .change("gateway.link.complete", Method::POST, &path)
            .with_json(&request)?;
        let response = self.caller.call(&call).await?;
        std::str::from_utf8(&response.body)
            .map_err(|_| Invalid::new("instrument", InvalidReason::Malformed))
            .and_then(wired::instrument)
            .map_err(|invalid| refused_member(invalid).into_lost())
    }

    /// Unlinks an instrument. One that the gateway doesn't know is unlinked already.
    ///
    /// # Errors
    /// [`LinkError`]; after [`LinkError::Lost`] repeat it.
    pub async fn remove_instrument(&self, instrument: &InstrumentId) -> Result<(), LinkError> {
        let path = ["v1", "instruments", instrument.as_str()];
        let mut call = self.change("gateway.instrument.remove", Method::DELETE, &path);
        call.accept = NOTHING;
        gone(self.caller.call(&call).await)
    }
}

fn checked(new: &NewLink<'_>) -> Result<wire_types::BeginLink, Invalid> {
    let kind = match new.kind {
        InstrumentKind::BankAccount => wire_types::InstrumentKind::BankAccount,
        InstrumentKind::Card => wire_types::InstrumentKind::Card,
        InstrumentKind::Unknown => return Err(Invalid::new("kind", InvalidReason::Unsupported)),
    };
    let malformed = |field: &str| Invalid::new(field, InvalidReason::Malformed);
    if new.return_uri.len() > URL_BYTES_MAX || Url::parse(new.return_uri).is_err() {
        return Err(malformed("return_uri"));
    }
    if new.state.is_empty() || new.state.len() > LINK_CODE_CHARS_MAX || !new.state.bytes().all(|b| b.is_ascii_graphic())
    {
        return Err(malformed("state"));
    }
    Ok(wire_types::BeginLink {
        kind,
        return_uri: new.return_uri.to_owned(),
        state: new.state.to_owned(),
    })
}
