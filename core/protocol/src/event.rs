//! Events that the gateway keeps for a person, in the shape of CloudEvents 1.0, pulled by a cursor.

use serde::{Deserialize, Serialize};

/// `GET /v1/events?cursor=…`: the events after the cursor, oldest first. A reader keeps `next_cursor` once it has acted on
/// them, and drops those whose source and id it has seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct EventPage {
    /// The person (`sub`).
    pub subject: String,
    /// At most 100.
    pub events: Vec<Event>,
    /// Where to go on; also when there are none.
    pub next_cursor: String,
    /// Whether there are more at this moment.
    pub more: bool,
}

/// A CloudEvent in structured JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Event {
    /// `1.0`.
    pub specversion: String,
    /// Unique within the source.
    pub id: String,
    /// Who says it: `urn:rabt:gateway` or `urn:rabt:agency:` and its identifier.
    pub source: String,
    /// One of [`kind`].
    #[serde(rename = "type")]
    pub kind: String,
    /// When.
    pub time: String,
    /// What it is about.
    pub data: EventData,
}

/// What an event is about; which members are there depends on its type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct EventData {
    /// The agency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agency_id: Option<String>,
    /// Its bill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill_id: Option<String>,
    /// The hub's payment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<String>,
    /// The instrument.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instrument_id: Option<String>,
    /// The mandate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mandate_id: Option<String>,
    /// The directory's new version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory_version: Option<u64>,
}

/// `POST /v1/agency-events` (agency to gateway): something changed for a person, who is to hear of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AgencyEvent {
    /// The agency that says it.
    pub agency_id: String,
    /// The person (`sub`) whom it concerns.
    pub subject: String,
    /// Its bill.
    pub bill_id: String,
    /// `ae.rabt.bills.changed` and nothing else.
    pub kind: String,
}

/// The types of events.
pub mod kind {
    /// A bill was issued, changed or withdrawn: refresh that agency.
    pub const BILLS_CHANGED: &str = "ae.rabt.bills.changed";
    /// A payment changed: read it again.
    pub const PAYMENT_CHANGED: &str = "ae.rabt.payment.changed";
    /// An instrument changed: read them again.
    pub const INSTRUMENT_CHANGED: &str = "ae.rabt.instrument.changed";
    /// The gateway decided about bills by the person's mandates: read the decisions.
    pub const AUTOPAY_DECIDED: &str = "ae.rabt.autopay.decided";
    /// A mandate asks the person about a bill, or can't pay it and they should know: read the decisions.
    pub const AUTOPAY_ASKED: &str = "ae.rabt.autopay.asked";
    /// A newer directory is there.
    pub const DIRECTORY_CHANGED: &str = "ae.rabt.directory.changed";
}
