//! The person's devices, as their identity provider knows them: the keys that their sessions were ever bound to. Whose signature a mandate
//! carries is thereby told by another party than the one that executes it.

use crate::{
    Caller, LinkError, Sifted,
    agency::{malformed, refused_member},
    call::Call,
    http::BaseUrl,
    limits::{DEVICES_MAX, GATEWAY_CALL_DEADLINE_MS, SINGLE_BYTES_MAX},
    wire::{self, Entries},
};
use rabt_domain::{IncidentKind, Invalid, SubjectId, Timestamp};
use rabt_protocol::oidc;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A key that sessions of the person were bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its thumbprint (RFC 7638).
    pub thumbprint: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when; `None` while a session is.
    pub until: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Devices<'a> {
    sub: String,
    #[serde(borrow)]
    devices: Entries<&'a RawValue, DEVICES_MAX>,
}

/// Asks the identity provider for the person's devices. One that can't be read is left out and said so.
///
/// # Errors
/// [`LinkError`]; [`LinkError::InvalidInput`] for an issuer that can't be called.
pub async fn devices(caller: &Caller, issuer: &str, subject: &SubjectId) -> Result<Sifted<Device>, LinkError> {
    let base = BaseUrl::parse(issuer, "issuer").map_err(LinkError::InvalidInput)?;
    let call = Call::get(
        "identity.devices",
        base.at(&["devices"]),
        GATEWAY_CALL_DEADLINE_MS,
        SINGLE_BYTES_MAX,
    );
    let response = caller.call(&call).await?;
    let answer: Devices<'_> = wire::document(&response.body).map_err(malformed)?;
    if answer.sub != subject.as_str() {
        return Err(LinkError::distrusted(
            IncidentKind::AnotherPerson,
            "`sub` is another person",
        ));
    }
    if answer.devices.too_many {
        return Err(LinkError::distrusted(
            IncidentKind::TooMuch,
            "more devices than a person has",
        ));
    }
    let mut devices = Sifted::new();
    for entry in answer.devices.entries {
        let read = serde_json::from_str(entry.get())
            .map_err(|_| IncidentKind::Malformed)
            .and_then(|entry| device(entry).map_err(|invalid| wire::incident_of(&invalid)));
        devices.take(read);
    }
    if devices.items.is_empty() && devices.refused.is_empty() {
        // The very call comes from one.
        let empty = Invalid::new("devices", rabt_domain::InvalidReason::Empty);
        return Err(refused_member(empty));
    }
    Ok(devices)
}

fn device(device: oidc::Device) -> Result<Device, Invalid> {
    Ok(Device {
        thumbprint: wire::code(device.jkt, "jkt")?,
        since: wire::instant(&device.since_at, "since_at")?,
        until: device.until_at.map(|at| wire::instant(&at, "until_at")).transpose()?,
    })
}
