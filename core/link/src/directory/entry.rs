//! An agency's entry in the directory.

use crate::{
    http::BaseUrl,
    limits::{DIRECTORY_LIST_MAX, FORM_FIELD_CHARS_MAX, FORM_FIELDS_MAX},
    wire,
};
use rabt_domain::{
    Agency, AgencyId, Invalid, InvalidReason,
    agency::{AccountKind, BillKindEntry, Charset, FormField},
    text,
};
use rabt_protocol::directory as wired;
use serde_json::value::RawValue;

/// Reads one.
pub(super) fn agency(entry: &RawValue) -> Result<Agency, Invalid> {
    let entry: wired::Agency =
        serde_json::from_str(entry.get()).map_err(|_| Invalid::new("agencies", InvalidReason::Malformed))?;
    let offers = |capability| entry.capabilities.contains(&capability);
    Ok(Agency {
        id: AgencyId::parse(entry.agency_id.clone())?,
        has_accounts: offers(wired::Capability::Accounts),
        has_bills: offers(wired::Capability::Bills),
        takes_payments: offers(wired::Capability::Payments),
        name: wire::bilingual(entry.name, "name")?,
        short_name: wire::bilingual(entry.short_name, "short_name")?,
        simulated: entry.simulated,
        base_url: BaseUrl::parse(&entry.base_url, "base_url")?.as_str().to_owned(),
        bill_kinds: list(entry.bill_kinds, "bill_kinds", DIRECTORY_LIST_MAX, bill_kind)?,
        account_kinds: list(entry.account_kinds, "account_kinds", DIRECTORY_LIST_MAX, account_kind)?,
        consent_purposes: list(
            entry.consent_purposes,
            "consent_purposes",
            DIRECTORY_LIST_MAX,
            |purpose| wire::code(purpose, "purpose"),
        )?,
    })
}

/// The name of an entry that can't be read otherwise.
pub(super) fn named(entry: &RawValue) -> Option<AgencyId> {
    #[derive(serde::Deserialize)]
    struct Named {
        agency_id: String,
    }
    let named: Named = serde_json::from_str(entry.get()).ok()?;
    AgencyId::parse(named.agency_id).ok()
}

fn list<W, D>(
    entries: Vec<W>,
    field: &str,
    most: usize,
    read: impl Fn(W) -> Result<D, Invalid>,
) -> Result<Vec<D>, Invalid> {
    if entries.len() > most {
        return Err(Invalid::new(field, InvalidReason::TooMany));
    }
    entries
        .into_iter()
        .enumerate()
        .map(|(index, entry)| read(entry).map_err(|invalid| invalid.within(format_args!("{field}[{index}]"))))
        .collect()
}

fn bill_kind(entry: wired::BillKindEntry) -> Result<BillKindEntry, Invalid> {
    Ok(BillKindEntry {
        code: wire::code(entry.code, "code")?,
        kind: crate::agency::bill_kind(entry.kind),
        name: wire::bilingual(entry.name, "name")?,
    })
}

fn account_kind(entry: wired::AccountKind) -> Result<AccountKind, Invalid> {
    Ok(AccountKind {
        code: wire::code(entry.code, "code")?,
        name: wire::bilingual(entry.name, "name")?,
        form: list(entry.form, "form", FORM_FIELDS_MAX, form_field)?,
    })
}

fn form_field(field: wired::FormField) -> Result<FormField, Invalid> {
    if field.chars_min > field.chars_max {
        return Err(Invalid::new("chars_min", InvalidReason::Inconsistent));
    }
    if field.chars_max > FORM_FIELD_CHARS_MAX {
        return Err(Invalid::new("chars_max", InvalidReason::TooLarge));
    }
    Ok(FormField {
        name: wire::code(field.name, "name")?,
        label: wire::bilingual(field.label, "label")?,
        charset: match field.charset {
            wired::Charset::Digits => Charset::Digits,
            wired::Charset::UpperAlphanumeric => Charset::UpperAlphanumeric,
            wired::Charset::UpperAlphanumericHyphen => Charset::UpperAlphanumericHyphen,
            wired::Charset::EmiratesId => Charset::EmiratesId,
            wired::Charset::Text => Charset::Text,
            wired::Charset::Unknown => Charset::Unknown,
        },
        chars_min: field.chars_min,
        chars_max: field.chars_max,
        example: if field.example.is_empty() {
            String::new()
        } else {
            text::shown(field.example, "example")?
        },
    })
}
