//! An agency's client: consent, accounts, bills.
//!
//! No agency is trusted. An answer about another person or from another agency is refused whole; a bill that can't be is refused by
//! itself, recorded, and the others go on. Paging is bounded by pages, by time, and by never coming to a cursor twice. What is
//! refused costs the agency that said it: each client is by itself and holds nothing that another one waits for.

mod bills;
mod cursor;
mod wired;

pub use bills::{BillPass, BillsPage, FirstPage, PassStep, RefusedBill};
pub use cursor::Cursor;
pub(crate) use wired::bill_kind;

use crate::{
    Caller, ETag, LinkError,
    call::{Call, NOTHING},
    http::{BaseUrl, Line, Response},
    limits::{ACCOUNTS_BYTES_MAX, ACCOUNTS_MAX, AGENCY_CALL_DEADLINE_MS, SINGLE_BYTES_MAX},
    wire::{self, Entries, Sifted},
};
use http::{Method, StatusCode, header};
use rabt_domain::{
    Account, AccountId, Agency, AgencyId, ConsentId, IncidentKind, Invalid, InvalidReason, SubjectId, Timestamp,
    agency::AccountKind,
};
use rabt_protocol::{agency as wire_types, problem::code};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
};

/// Speaks to one agency about the person who is signed in. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AgencyClient {
    caller: Caller,
    base: BaseUrl,
    agency: AgencyId,
    subject: SubjectId,
}

/// A consent, as the agency keeps it: exactly what was asked for, or its answer is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentTerms {
    /// The client's name for it, so that repeating it is the same consent.
    pub id: ConsentId,
    /// What for, from the directory.
    pub purposes: Vec<String>,
    /// When the person agreed.
    pub granted_at: Timestamp,
    /// Until when at most.
    pub expires_at: Timestamp,
}

/// What an agency says of a person's accounts.
#[derive(Debug, PartialEq, Eq)]
pub enum AccountsAnswer {
    /// Nothing changed since the tag that was given.
    NotModified,
    /// All of them.
    Listed {
        /// Those that are believed.
        accounts: Sifted<Account>,
        /// The tag for the next time; `None` where there is none, or an account was refused.
        etag: Option<ETag>,
    },
}

#[derive(Deserialize)]
struct Accounts<'a> {
    agency_id: String,
    subject: String,
    #[serde(borrow)]
    accounts: Entries<&'a RawValue, ACCOUNTS_MAX>,
}

impl AgencyClient {
    /// A client of an agency of the directory, on behalf of a person.
    ///
    /// # Errors
    /// [`Invalid`] on `base_url`.
    pub fn new(caller: Caller, agency: &Agency, subject: SubjectId) -> Result<Self, Invalid> {
        Ok(Self {
            caller,
            base: BaseUrl::parse(&agency.base_url, "base_url")?,
            agency: agency.id.clone(),
            subject,
        })
    }

    /// Which agency.
    pub fn agency(&self) -> &AgencyId {
        &self.agency
    }

    /// Lets the agency answer about the person. Repeating it is the same consent.
    ///
    /// # Errors
    /// [`LinkError`]; after [`LinkError::Lost`] repeat it.
    pub async fn put_consent(&self, terms: &ConsentTerms) -> Result<(), LinkError> {
        let request = wire_types::ConsentRequest {
            purposes: terms.purposes.clone(),
            granted_at: terms.granted_at.to_string(),
            expires_at: terms.expires_at.to_string(),
        };
        let call = self.change(
            "agency.consent.put",
            Method::PUT,
            &["v1", "consents", terms.id.as_str()],
        );
        let response = self.caller.call(&call.with_json(&request)?).await?;
        wired::check_consent(&response.body, terms).map_err(LinkError::into_lost)
    }

    /// Takes a consent back. One that the agency doesn't know is taken back already.
    ///
    /// # Errors
    /// [`LinkError`]; after [`LinkError::Lost`] repeat it.
    pub async fn withdraw_consent(&self, id: &ConsentId) -> Result<(), LinkError> {
        let mut call = self.change(
            "agency.consent.withdraw",
            Method::DELETE,
            &["v1", "consents", id.as_str()],
        );
        call.accept = NOTHING;
        gone(self.caller.call(&call).await)
    }

    /// The accounts that the agency holds for the person, and those that were added by hand. An account that can't be believed is
    /// left out and said so.
    ///
    /// # Errors
    /// [`LinkError`]; [`LinkError::Refused`] with `consent_required` where the person hasn't agreed.
    pub async fn accounts(&self) -> Result<Sifted<Account>, LinkError> {
        match self.accounts_since(None).await? {
            AccountsAnswer::Listed { accounts, .. } => Ok(accounts),
            AccountsAnswer::NotModified => Err(LinkError::Bug("304 without having been asked".into())),
        }
    }

    /// The same. With `known`, the tag of the last answer, the agency may say that nothing changed.
    ///
    /// # Errors
    /// As [`AgencyClient::accounts`].
    pub async fn accounts_since(&self, known: Option<ETag>) -> Result<AccountsAnswer, LinkError> {
        let url = self.base.at(&["v1", "accounts"]);
        let call = Call {
            if_none_match: known,
            ..Call::get("agency.accounts", url, AGENCY_CALL_DEADLINE_MS, ACCOUNTS_BYTES_MAX)
        };
        let response = self.caller.call(&call).await?;
        if response.status == StatusCode::NOT_MODIFIED {
            return Ok(AccountsAnswer::NotModified);
        }
        let etag = response.header(header::ETAG).and_then(|tag| ETag::parse(tag).ok());
        let answer: Accounts<'_> = wire::document(&response.body).map_err(malformed)?;
        self.check_addressee(&answer.agency_id, &answer.subject)?;
        if answer.accounts.too_many {
            return Err(LinkError::distrusted(
                IncidentKind::TooMuch,
                "more accounts than the protocol allows",
            ));
        }
        let (mut accounts, mut seen) = (Sifted::new(), BTreeSet::new());
        for entry in answer.accounts.entries {
            let account = wired::account(entry.get(), &self.agency).and_then(|account| {
                if seen.insert(account.key.account.clone()) {
                    Ok(account)
                } else {
                    Err(Invalid::new("account_id", InvalidReason::Twice))
                }
            });
            accounts.take(account.map_err(|invalid| wire::incident_of(&invalid)));
        }
        // An answer of which something was refused is looked at again.
        let etag = etag.filter(|_| accounts.refused.is_empty());
        Ok(AccountsAnswer::Listed { accounts, etag })
    }

    /// Adds an account by hand: somebody else's, or one that the agency doesn't know to be the person's. The form is checked first.
    /// Adding one twice answers the same account.
    ///
    /// # Errors
    /// [`LinkError::InvalidInput`] on a field of the form, with nothing sent; [`LinkError::Refused`] with `account_unknown`;
    /// after [`LinkError::Lost`] repeat it.
    pub async fn add_account(
        &self,
        kind: &AccountKind,
        fields: &BTreeMap<String, String>,
    ) -> Result<Account, LinkError> {
        kind.check(fields).map_err(LinkError::InvalidInput)?;
        let request = wire_types::AddAccount {
            kind: kind.code.clone(),
            fields: fields.clone(),
        };
        let call = self.change("agency.accounts.add", Method::POST, &["v1", "accounts"]);
        let response = self.caller.call(&call.with_json(&request)?).await?;
        let account = std::str::from_utf8(&response.body)
            .map_err(|_| Invalid::new("account", InvalidReason::Malformed))
            .and_then(|body| wired::account(body, &self.agency))
            .and_then(|account| {
                if account.kind == kind.code {
                    Ok(account)
                } else {
                    Err(Invalid::new("kind", InvalidReason::Inconsistent))
                }
            });
        account.map_err(|invalid| refused_member(invalid).into_lost())
    }

    /// Begins to read the person's bills: all that are open, and those that were closed of late.
    ///
    /// `linked` are the person's accounts with this agency: a bill of any other is refused. With `known`, the tag of the last whole
    /// pass, the agency may say that nothing changed. `deadline_ms` is for all pages together, and bounded by
    /// [`AGENCY_PASS_DEADLINE_MS`](crate::limits::AGENCY_PASS_DEADLINE_MS).
    pub fn bills<'a>(
        &'a self,
        linked: &'a BTreeSet<AccountId>,
        known: Option<ETag>,
        now: Timestamp,
        deadline_ms: u64,
    ) -> BillPass<'a> {
        BillPass::begin(self, linked, known, now, deadline_ms)
    }

    /// Asks for the first page of the person's bills, to be read by [`AgencyClient::bills_from`]. `known` and `deadline_ms` are as in
    /// [`AgencyClient::bills`]; the deadline is of the whole pass.
    ///
    /// # Errors
    /// [`LinkError`]; [`LinkError::Refused`] with `consent_required` where the person hasn't agreed.
    pub async fn first_bills(&self, known: Option<ETag>, deadline_ms: u64) -> Result<FirstPage, LinkError> {
        bills::ask_first(self, known, deadline_ms).await
    }

    /// [`AgencyClient::accounts_since`], after which `then` is done, and meanwhile [`AgencyClient::first_bills`], over the same connection: a person
    /// waits for an agency once.
    ///
    /// # Errors
    /// Where `then` fails the bills aren't waited for.
    pub async fn accounts_and_first_bills<T, E, F: Future<Output = Result<T, E>>>(
        &self,
        known_accounts: Option<ETag>,
        known_bills: Option<ETag>,
        deadline_ms: u64,
        then: impl FnOnce(Result<AccountsAnswer, LinkError>) -> F,
    ) -> Result<(T, Result<FirstPage, LinkError>), E> {
        let line = Line::default();
        let accounts = async { then(line.carry(self.accounts_since(known_accounts)).await).await };
        let bills = async {
            line.up().await;
            Ok(self.first_bills(known_bills, deadline_ms).await)
        };
        tokio::try_join!(accounts, bills)
    }

    /// Reads the person's bills as [`AgencyClient::bills`] does, from the answer that is here already.
    pub fn bills_from<'a>(&'a self, first: FirstPage, linked: &'a BTreeSet<AccountId>, now: Timestamp) -> BillPass<'a> {
        BillPass::go_on(self, first, linked, now)
    }

    fn change(&self, name: &'static str, method: Method, path: &[&str]) -> Call {
        Call::change(
            name,
            method,
            self.base.at(path),
            AGENCY_CALL_DEADLINE_MS,
            SINGLE_BYTES_MAX,
        )
    }

    /// Refuses an answer of another agency or about another person.
    fn check_addressee(&self, agency_id: &str, subject: &str) -> Result<(), LinkError> {
        if agency_id != self.agency.as_str() {
            return Err(LinkError::distrusted(
                IncidentKind::AnotherAgency,
                "`agency_id` is another agency's",
            ));
        }
        if subject != self.subject.as_str() {
            return Err(LinkError::distrusted(
                IncidentKind::AnotherPerson,
                "`subject` is another person",
            ));
        }
        Ok(())
    }
}

/// Deleting what isn't there is done.
pub(crate) fn gone(outcome: Result<Response, LinkError>) -> Result<(), LinkError> {
    match outcome {
        Ok(_) => Ok(()),
        Err(LinkError::Refused(refusal)) if refusal.status == 404 && refusal.code == code::NOT_FOUND => Ok(()),
        Err(error) => Err(error),
    }
}

/// A document that isn't what it should be. serde's text may quote a value, so only where it broke is kept.
pub(crate) fn malformed(error: serde_json::Error) -> LinkError {
    LinkError::distrusted(
        IncidentKind::Malformed,
        format!(
            "line {}, column {}: {:?}",
            error.line(),
            error.column(),
            error.classify()
        ),
    )
}

/// A member that isn't what it should be.
pub(crate) fn refused_member(invalid: Invalid) -> LinkError {
    LinkError::distrusted(wire::incident_of(&invalid), invalid)
}
