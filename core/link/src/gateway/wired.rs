//! What the gateway says, in the domain's words. Each function refuses with the member at fault.

use super::LinkBegun;
use crate::{codes, limits::URL_BYTES_MAX, wire};
use rabt_domain::{
    AgencyId, BillId, BillKey, Instrument, InstrumentId, InstrumentKind, InstrumentStatus, Invalid, InvalidReason,
    LinkId,
    payment::{HubItemStatus, HubStatus, Rejection},
};
use rabt_protocol::{hub, instrument as wired};
use url::Url;

/// The longest "last four".
const LAST_FOUR_CHARS: usize = 4;

/// An instrument.
pub(super) fn instrument(entry: &str) -> Result<Instrument, Invalid> {
    let instrument: wired::Instrument =
        serde_json::from_str(entry).map_err(|_| Invalid::new("instrument", InvalidReason::Malformed))?;
    // More than four characters would be more of the number than we mean to know.
    if instrument.last_four.chars().count() != LAST_FOUR_CHARS
        || !instrument.last_four.chars().all(|c| c.is_ascii_alphanumeric())
    {
        return Err(Invalid::new("last_four", InvalidReason::Malformed));
    }
    Ok(Instrument {
        id: InstrumentId::parse(instrument.instrument_id)?,
        kind: match instrument.kind {
            wired::InstrumentKind::BankAccount => InstrumentKind::BankAccount,
            wired::InstrumentKind::Card => InstrumentKind::Card,
            wired::InstrumentKind::Unknown => InstrumentKind::Unknown,
        },
        name: wire::bilingual(instrument.name, "name")?,
        last_four: wire::personal_text(instrument.last_four, "last_four")?,
        status: match instrument.status {
            wired::InstrumentStatus::Active => InstrumentStatus::Active,
            wired::InstrumentStatus::Suspended => InstrumentStatus::Suspended,
            wired::InstrumentStatus::Revoked => InstrumentStatus::Revoked,
            wired::InstrumentStatus::Expired => InstrumentStatus::Expired,
            wired::InstrumentStatus::Unknown => InstrumentStatus::Unknown,
        },
        expires_on: wire::day(&instrument.expires_on, "expires_on")?,
    })
}

/// Where to send the person.
pub(super) fn link_begun(begun: wired::LinkBegun) -> Result<LinkBegun, Invalid> {
    let authorize_url = page(&begun.authorize_url)?;
    Ok(LinkBegun {
        link: LinkId::parse(begun.link_id)?,
        authorize_url,
        expires_at: wire::instant(&begun.expires_at, "expires_at")?,
    })
}

/// A page that is opened in a browser, so HTTPS and nothing hidden in it.
pub(super) fn page(authorize_url: &str) -> Result<Url, Invalid> {
    let malformed = || Invalid::new("authorize_url", InvalidReason::Malformed);
    if authorize_url.len() > URL_BYTES_MAX {
        return Err(Invalid::new("authorize_url", InvalidReason::TooMany));
    }
    let authorize_url: Url = authorize_url.parse().map_err(|_| malformed())?;
    let plain = authorize_url.scheme() == "https"
        && authorize_url.has_host()
        && authorize_url.username().is_empty()
        && authorize_url.password().is_none();
    if plain { Ok(authorize_url) } else { Err(malformed()) }
}

/// A bill's name.
pub(super) fn bill_key(agency_id: String, bill_id: String) -> Result<BillKey, Invalid> {
    Ok(BillKey {
        agency: AgencyId::parse(agency_id)?,
        bill: BillId::parse(bill_id)?,
    })
}

/// Why something wasn't done. A reason that may not be shown is dropped; the code is what counts.
pub(super) fn rejection(rejection: hub::Rejection) -> Result<Rejection, Invalid> {
    Ok(Rejection {
        code: codes::of_problem(&wire::code(rejection.code, "rejection.code")?).to_owned(),
        reason: wire::bilingual(rejection.reason, "reason").ok(),
    })
}

/// Where a payment stands.
pub(super) fn status(status: hub::PaymentStatus) -> HubStatus {
    match status {
        hub::PaymentStatus::Pending => HubStatus::Pending,
        hub::PaymentStatus::Settled => HubStatus::Settled,
        hub::PaymentStatus::PartlySettled => HubStatus::PartlySettled,
        hub::PaymentStatus::Rejected => HubStatus::Rejected,
        hub::PaymentStatus::Refunded => HubStatus::Refunded,
        hub::PaymentStatus::Unknown => HubStatus::Unknown,
    }
}

/// Where a bill within a payment stands.
pub(super) fn item_status(status: hub::ItemStatus) -> HubItemStatus {
    match status {
        hub::ItemStatus::Pending => HubItemStatus::Pending,
        hub::ItemStatus::Settled => HubItemStatus::Settled,
        hub::ItemStatus::Rejected => HubItemStatus::Rejected,
        hub::ItemStatus::Refunded => HubItemStatus::Refunded,
        hub::ItemStatus::Unknown => HubItemStatus::Unknown,
    }
}
