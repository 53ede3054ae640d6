//! The directory of linked agencies: fetched, proven, and turned into the domain's.
//!
//! It is believed because of its signature, by keys that the app was shipped with, and not because of where it came from. A
//! directory older than one that was seen, or past its day, is refused, however well signed: both are how a stolen base URL or a
//! withdrawn key would be brought back. An entry that this version can't read is left out and reported, so that one agency's novelty
//! doesn't take the others away.

mod entry;

use crate::{
    ETag, LinkError,
    call::{self, Call},
    http::{BaseUrl, Http},
    limits::{AGENCIES_MAX, DIRECTORY_DEADLINE_MS, RECEIPT_KEYS_MAX},
    wire::{self, At as _, Entries},
};
use http::{StatusCode, header};
use rabt_domain::{AgencyId, Directory, IncidentKind, Invalid, InvalidReason, Timestamp};
use rabt_protocol::{
    directory::{DIRECTORY_MEDIA_TYPE, DIRECTORY_TYPE},
    jose::{self, JwkSet, JwsError, TOKEN_BYTES_MAX},
};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeSet;

const JOSE: &[&str] = &[DIRECTORY_MEDIA_TYPE];

/// A directory whose signature was right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedDirectory {
    /// What it says.
    pub directory: Directory,
    /// The keys with which the hub signs receipts.
    pub receipt_keys: JwkSet,
    /// Entries that were left out because they can't be read; to be recorded.
    pub left_out: Vec<LeftOut>,
    /// As it was signed, to be kept and proven again.
    pub token: String,
    /// Its validator, for the next fetch. It is not part of what was signed.
    pub etag: Option<ETag>,
}

/// An agency that can't be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Which, where that much could be read.
    pub agency: Option<AgencyId>,
    /// What is wrong with its entry.
    pub kind: IncidentKind,
}

/// What a fetch found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The one at hand is the newest.
    NotModified,
    /// Another one; also the same version signed anew.
    Directory(Box<SignedDirectory>),
}

/// A directory is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryError {
    /// Its signature isn't by a key that the app was shipped with, or it isn't a directory's token.
    #[error("the directory's token is refused: {0}")]
    Token(#[from] JwsError),
    /// It is older than one that was seen.
    #[error("the directory has version {found}, {floor} was seen before")]
    Older {
        /// The version that was seen.
        floor: u64,
        /// The one that was refused.
        found: u64,
    },
    /// It is past its day.
    #[error("the directory expired at {0}")]
    Expired(Timestamp),
    /// A member of it can't be read.
    #[error("the directory can't be read: {0}")]
    Invalid(#[from] Invalid),
}

impl DirectoryError {
    /// What is to be recorded.
    pub fn incident(&self) -> IncidentKind {
        match self {
            Self::Token(JwsError::Malformed(_)) => IncidentKind::Malformed,
            Self::Token(_) => IncidentKind::BadSignature,
            Self::Older { .. } | Self::Expired(_) => IncidentKind::StaleDirectory,
            Self::Invalid(invalid) => wire::incident_of(invalid),
        }
    }
}

/// As signed, but for the entries, which are read one by one.
#[derive(Deserialize)]
struct Claims {
    version: u64,
    issued_at: String,
    expires_at: String,
    gateway: rabt_protocol::directory::Gateway,
    agencies: Entries<Box<RawValue>, AGENCIES_MAX>,
}

/// Proves a token and reads it. Works without a network.
///
/// `floor_version` is the highest version that was ever seen, zero for none; the same version is taken again.
///
/// # Errors
/// [`DirectoryError`].
pub fn verify(
    token: &str,
    anchor: &JwkSet,
    now: Timestamp,
    floor_version: u64,
) -> Result<SignedDirectory, DirectoryError> {
    let signed = verify_kept(token, anchor)?;
    let (found, expires_at) = (signed.directory.version, signed.directory.expires_at);
    if found < floor_version {
        return Err(DirectoryError::Older {
            floor: floor_version,
            found,
        });
    }
    if now >= expires_at {
        return Err(DirectoryError::Expired(expires_at));
    }
    Ok(signed)
}

/// Proves and reads a token that was kept, whatever its age: its names and receipt keys are good for showing what is known while
/// there is no network. Nobody is to be *called* by an expired one.
///
/// # Errors
/// [`DirectoryError`], but neither `Older` nor `Expired`.
pub fn verify_kept(token: &str, anchor: &JwkSet) -> Result<SignedDirectory, DirectoryError> {
    let claims = jose::verify::<Claims>(token, Some(DIRECTORY_TYPE), anchor)?.claims;
    let issued_at = wire::instant(&claims.issued_at, "issued_at")?;
    let expires_at = wire::instant(&claims.expires_at, "expires_at")?;
    if expires_at <= issued_at {
        return Err(Invalid::new("expires_at", InvalidReason::Inconsistent).into());
    }
    let receipt_keys = claims.gateway.receipt_keys;
    if receipt_keys.keys.len() > RECEIPT_KEYS_MAX {
        return Err(Invalid::new("gateway.receipt_keys", InvalidReason::TooMany).into());
    }
    if claims.agencies.too_many {
        return Err(Invalid::new("agencies", InvalidReason::TooMany).into());
    }
    let gateway_url = BaseUrl::parse(&claims.gateway.base_url, "gateway.base_url")?
        .as_str()
        .to_owned();
    let (agencies, left_out) = entries(claims.agencies);
    Ok(SignedDirectory {
        directory: Directory {
            version: claims.version,
            issued_at,
            expires_at,
            gateway_url,
            agencies,
        },
        receipt_keys,
        left_out,
        token: token.to_owned(),
        etag: None,
    })
}

fn entries(list: Entries<Box<RawValue>, AGENCIES_MAX>) -> (Vec<rabt_domain::Agency>, Vec<LeftOut>) {
    let (mut agencies, mut left_out, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for entry in list.entries {
        let twice = || Invalid::new("agency_id", InvalidReason::Twice);
        let read = entry::agency(&entry).and_then(|agency| {
            if seen.insert(agency.id.clone()) {
                Ok(agency)
            } else {
                Err(twice())
            }
        });
        match read {
            Ok(agency) => agencies.push(agency),
            Err(invalid) => {
                tracing::warn!(%invalid, "an entry of the directory is left out");
                left_out.push(LeftOut {
                    agency: entry::named(&entry),
                    kind: wire::incident_of(&invalid),
                });
            }
        }
    }
    (agencies, left_out)
}

/// Fetches the directory from the gateway.
#[derive(Clone, Debug)]
pub struct DirectoryClient {
    http: Http,
    gateway: BaseUrl,
    anchor: JwkSet,
}

impl DirectoryClient {
    /// From a gateway, believed by the keys that the app was shipped with.
    ///
    /// # Errors
    /// [`Invalid`] on `gateway_url`; on `anchor` where it has no usable key.
    pub fn new(http: Http, gateway_url: &str, anchor: JwkSet) -> Result<Self, Invalid> {
        if anchor.candidates(None).next().is_none() {
            return Err(Invalid::new("anchor", InvalidReason::Empty));
        }
        let gateway = BaseUrl::parse(gateway_url, "gateway_url").at("gateway_url")?;
        Ok(Self { http, gateway, anchor })
    }

    /// Fetches it, where it is another one than `kept`.
    ///
    /// # Errors
    /// [`LinkError`]; [`LinkError::Distrusted`] for a directory that is refused, while the kept one stands.
    pub async fn fetch(&self, kept: Option<&SignedDirectory>, now: Timestamp) -> Result<Fetched, LinkError> {
        let url = self.gateway.at(&["v1", "directory"]);
        let fresh = kept.filter(|kept| now < kept.directory.expires_at);
        let call = Call {
            accept: JOSE,
            // "Nothing new" is no answer to whoever holds an expired one.
            if_none_match: fresh.and_then(|kept| kept.etag.clone()),
            ..Call::get("gateway.directory", url, DIRECTORY_DEADLINE_MS, TOKEN_BYTES_MAX)
        };
        let response = call::anonymous(&self.http, &call).await?;
        if response.status == StatusCode::NOT_MODIFIED {
            return Ok(Fetched::NotModified);
        }
        let token = std::str::from_utf8(&response.body)
            .map_err(|error| LinkError::distrusted(IncidentKind::Malformed, error))?;
        let floor = kept.map_or(0, |kept| kept.directory.version);
        let mut signed = verify(token.trim_ascii(), &self.anchor, now, floor)
            .map_err(|error| LinkError::distrusted(error.incident(), error))?;
        signed.etag = response.header(header::ETAG).and_then(|tag| ETag::parse(tag).ok());
        Ok(Fetched::Directory(Box::new(signed)))
    }
}
