//! Paying, and finding a payment again.

use super::{ExpectedReceipt, GatewayClient, document, too_many, verify_receipt, wired};
use crate::{
    Cursor, LinkError,
    agency::refused_member,
    error::Refusal,
    limits::{PAGE_ENTRIES_MAX, PAYMENT_DEADLINE_MS, PAYMENTS_BYTES_MAX},
    wire::{self, Entries},
};
use http::Method;
use rabt_domain::{
    Currency, HubPaymentId, IdempotencyKey, IncidentKind, InstrumentId, Invalid, InvalidReason, Personal,
    basket::ITEMS_MAX,
    payment::{HubItem, HubItemStatus, HubReport, Origin, Payment, PaymentEvent, Rejection},
};
use rabt_protocol::hub;
use serde::Deserialize;
use serde_json::value::RawValue;

/// What became of sending a payment.
#[derive(Debug)]
pub enum PayOutcome {
    /// The hub took it, or had taken it under the same key, and says where it stands.
    Answered(Box<HubAnswer>),
    /// The hub refused it: nothing was taken, and the same again would be refused again.
    Refused(Refusal),
    /// The hub asks for a higher assurance level first; nothing was taken.
    StepUpAsked {
        /// The level, where one was named.
        acr: Option<String>,
    },
    /// The hub certainly hasn't taken it, and may if it is sent again: it never left this device, or there was no session, or the hub
    /// had too much to do.
    NotSent(LinkError),
    /// It may have arrived, and no answer came that can be believed: look it up by its key.
    Lost(LinkError),
}

impl PayOutcome {
    /// The same for the payment's state machine.
    pub fn into_event(self) -> PaymentEvent {
        match self {
            Self::Answered(answer) => PaymentEvent::Told(answer.report),
            Self::Refused(refusal) => PaymentEvent::Refused(Rejection {
                code: refusal.code,
                reason: refusal.reason,
            }),
            Self::StepUpAsked { .. } => PaymentEvent::StepUpAsked,
            Self::NotSent(_) => PaymentEvent::NotSent,
            Self::Lost(_) => PaymentEvent::Lost,
        }
    }

    /// What is to be recorded against the gateway.
    pub fn incidents(&self) -> Vec<IncidentKind> {
        match self {
            Self::Answered(answer) => answer.refused_receipts.clone(),
            Self::NotSent(error) | Self::Lost(error) => error.incident().into_iter().collect(),
            Self::Refused(_) | Self::StepUpAsked { .. } => Vec::new(),
        }
    }
}

/// What the hub says of a payment. It doesn't contradict itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HubAnswer {
    /// Where the payment stands, with those receipts that are proven.
    pub report: HubReport,
    /// Receipts that were left out, an entry each; to be recorded. They don't change where the payment stands. With
    /// [`IncidentKind::BadSignature`] among them it is worth reading the directory again, whose keys may be newer.
    pub refused_receipts: Vec<IncidentKind>,
}

/// A page of the person's payments, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentsPage {
    /// Those that are believed.
    pub payments: Vec<HubAnswer>,
    /// Those that aren't, an entry each; to be recorded.
    pub refused: Vec<IncidentKind>,
    /// Where the list goes on; `None` at its end.
    pub next: Option<Cursor>,
}

#[derive(Deserialize)]
struct Payments<'a> {
    subject: String,
    #[serde(borrow)]
    payments: Entries<&'a RawValue, PAGE_ENTRIES_MAX>,
    #[serde(default)]
    next_cursor: Option<String>,
}

impl GatewayClient {
    /// Pays a quote, as the record says that was written before. Sending the same record again is the same payment.
    ///
    /// Dropping the future leaves the same doubt as [`PayOutcome::Lost`].
    pub async fn pay(&self, payment: &Payment) -> PayOutcome {
        match self.try_pay(payment).await {
            Ok(answer) => PayOutcome::Answered(Box::new(answer)),
            Err(LinkError::Refused(refusal)) => PayOutcome::Refused(refusal),
            Err(LinkError::StepUpRequired { acr }) => PayOutcome::StepUpAsked { acr },
            Err(error @ LinkError::Lost { .. }) => PayOutcome::Lost(error),
            // Of a call that changes the world every other error says that nothing was done.
            Err(error) => PayOutcome::NotSent(error),
        }
    }

    async fn try_pay(&self, payment: &Payment) -> Result<HubAnswer, LinkError> {
        let Origin::ThisDevice { quote, .. } = &payment.origin else {
            return Err(LinkError::Bug("a payment that was made elsewhere can't be sent".into()));
        };
        let request = hub::PaymentRequest {
            quote_id: quote.as_str().to_owned(),
            instrument_id: payment.instrument.as_str().to_owned(),
            total_fils: payment.total.reveal().get(),
        };
        let mut call = self
            .change("gateway.pay", Method::POST, &["v1", "payments"])
            .with_json(&request)?;
        call.key = Some(payment.key.clone());
        call.deadline_ms = PAYMENT_DEADLINE_MS;
        call.body_bytes_max = PAYMENTS_BYTES_MAX;
        let response = self.caller.call(&call).await?;
        let answer = document(&response).and_then(|told| self.answer(told));
        let answer = answer.map_err(LinkError::into_lost)?;
        // An answer about something else isn't the answer to this, which may have been taken all the same.
        answer
            .report
            .check_against(payment)
            .map_err(|invalid| LinkError::distrusted(IncidentKind::PaymentMismatch, invalid).into_lost())?;
        Ok(answer)
    }

    /// Looks a payment up by its key: `None` where the hub knows none, and only where it clearly says so.
    ///
    /// # Errors
    /// [`LinkError`]; it is as unknown as before.
    pub async fn find_payment(&self, key: &IdempotencyKey) -> Result<Option<HubAnswer>, LinkError> {
        let query = [("idempotency_key", key.as_str())];
        let call = self.get("gateway.payment.find", &["v1", "payments"], &query, PAYMENTS_BYTES_MAX);
        let response = self.caller.call(&call).await?;
        let found: Payments<'_> = document(&response)?;
        self.check_subject(&found.subject)?;
        let mismatch = |what: &'static str| LinkError::distrusted(IncidentKind::PaymentMismatch, what);
        if found.next_cursor.is_some() {
            return Err(mismatch("a look-up by key has pages"));
        }
        let told: hub::Payment = match found.payments.entries.as_slice() {
            [] => return Ok(None),
            [one] => serde_json::from_str(one.get()).map_err(crate::agency::malformed)?,
            _ => return Err(mismatch("one key has several payments")),
        };
        let answer = self.answer(told)?;
        if answer.report.key != *key {
            return Err(mismatch("the payment has another key than was asked for"));
        }
        Ok(Some(answer))
    }

    /// A payment by the hub's name for it.
    ///
    /// # Errors
    /// [`LinkError`]; [`LinkError::Refused`] with `not_found` for one that isn't the person's.
    pub async fn payment(&self, id: &HubPaymentId) -> Result<HubAnswer, LinkError> {
        let path = ["v1", "payments", id.as_str()];
        let call = self.get("gateway.payment", &path, &[], PAYMENTS_BYTES_MAX);
        let response = self.caller.call(&call).await?;
        let answer = document(&response).and_then(|told| self.answer(told))?;
        if answer.report.hub_id == *id {
            Ok(answer)
        } else {
            let what = "another payment than was asked for";
            Err(LinkError::distrusted(IncidentKind::PaymentMismatch, what))
        }
    }

    /// A page of the person's payments, newest first; with `None` the first. A payment that can't be believed is left out and said
    /// so.
    ///
    /// # Errors
    /// [`LinkError`]; [`LinkError::Distrusted`] with `endless_paging` for a page that leads back to itself.
    pub async fn payments(&self, cursor: Option<&Cursor>) -> Result<PaymentsPage, LinkError> {
        let query: Vec<_> = cursor.map(|cursor| ("cursor", cursor.as_str())).into_iter().collect();
        let call = self.get("gateway.payments", &["v1", "payments"], &query, PAYMENTS_BYTES_MAX);
        let response = self.caller.call(&call).await?;
        let page: Payments<'_> = document(&response)?;
        self.check_subject(&page.subject)?;
        if page.payments.too_many {
            return Err(too_many("more payments than a page has"));
        }
        let next = page
            .next_cursor
            .map(Cursor::parse)
            .transpose()
            .map_err(refused_member)?;
        if next.is_some() && next.as_ref() == cursor {
            let what = "the page leads back to itself";
            return Err(LinkError::distrusted(IncidentKind::EndlessPaging, what));
        }
        let (mut payments, mut refused) = (Vec::new(), Vec::new());
        for entry in page.payments.entries {
            let told = serde_json::from_str(entry.get()).map_err(crate::agency::malformed);
            match told.and_then(|told| self.answer(told)) {
                Ok(answer) => payments.push(answer),
                Err(error) => refused.push(error.incident().unwrap_or(IncidentKind::Malformed)),
            }
        }
        Ok(PaymentsPage {
            payments,
            refused,
            next,
        })
    }

    fn answer(&self, told: hub::Payment) -> Result<HubAnswer, LinkError> {
        self.check_subject(&told.subject)?;
        let (report, receipts) = report(told).map_err(refused_member)?;
        report
            .check()
            .map_err(|invalid| LinkError::distrusted(IncidentKind::PaymentMismatch, invalid))?;
        Ok(self.with_receipts(report, receipts))
    }

    /// Puts in the receipts that are proven. A settled bill without one is as settled; only its proof is missing.
    fn with_receipts(&self, mut report: HubReport, receipts: Vec<Option<String>>) -> HubAnswer {
        let mut refused_receipts = Vec::new();
        let payment = report.hub_id.clone();
        for (item, receipt) in report.items.iter_mut().zip(receipts) {
            let expected = ExpectedReceipt {
                payment: &payment,
                subject: &self.subject,
                bill: &item.bill,
                amount: *item.amount.reveal(),
            };
            let proven = match receipt {
                None if item.status == HubItemStatus::Settled => Err(IncidentKind::ReceiptMismatch),
                None => continue,
                // A receipt for what isn't paid would be a lie in one of the two.
                Some(_) if !matches!(item.status, HubItemStatus::Settled | HubItemStatus::Unknown) => {
                    Err(IncidentKind::ReceiptMismatch)
                }
                Some(token) => verify_receipt(&token, &self.receipt_keys, &expected).map(|_| token),
            };
            match proven {
                Ok(token) => item.receipt = Some(Personal::new(token)),
                Err(kind) => {
                    tracing::warn!(
                        agency = item.bill.agency.as_str(),
                        kind = kind.code(),
                        "a receipt is refused"
                    );
                    refused_receipts.push(kind);
                }
            }
        }
        HubAnswer {
            report,
            refused_receipts,
        }
    }
}

/// A payment in the domain's words, and its receipts, unproven, in the order of its items.
fn report(told: hub::Payment) -> Result<(HubReport, Vec<Option<String>>), Invalid> {
    Currency::parse(&told.currency)?;
    if told.items.len() > ITEMS_MAX {
        return Err(Invalid::new("items", InvalidReason::TooMany));
    }
    let (mut items, mut receipts) = (Vec::with_capacity(told.items.len()), Vec::new());
    for (index, mut item) in told.items.into_iter().enumerate() {
        receipts.push(item.receipt.take());
        items.push(self::item(item).map_err(|invalid| invalid.within(format_args!("items[{index}]")))?);
    }
    let report = HubReport {
        hub_id: HubPaymentId::parse(told.payment_id)?,
        key: IdempotencyKey::parse(told.idempotency_key)?,
        instrument: InstrumentId::parse(told.instrument_id)?,
        status: wired::status(told.status),
        items,
        total: wire::amount(told.total_fils, "total_fils")?,
        revision: told.revision,
        created_at: wire::instant(&told.created_at, "created_at")?,
        rejection: told.rejection.map(wired::rejection).transpose()?,
    };
    Ok((report, receipts))
}

fn item(item: hub::PaymentItem) -> Result<HubItem, Invalid> {
    Ok(HubItem {
        bill: wired::bill_key(item.agency_id, item.bill_id)?,
        amount: rabt_domain::Fils::owed(item.amount_fils).map(Personal::new)?,
        status: wired::item_status(item.status),
        receipt: None,
        rejection: item.rejection.map(wired::rejection).transpose()?,
    })
}
