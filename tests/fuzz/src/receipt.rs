//! Receipts: tokens as they are, which nobody may believe, and payloads that are signed here by the hub's key.
//!
//! A receipt is proof of one payment of one bill by one person. What it must be for is taken from the payload itself, and then
//! changed in one member: of those not one may be believed.

use crate::{
    keys::{KNOWN, STRANGER, tampered},
    oracle::{assert_code, assert_identifier, assert_instant, assert_owed, assert_shown},
};
use rabt_domain::{AgencyId, BillId, BillKey, Currency, Fils, HubPaymentId, IncidentKind, SubjectId};
use rabt_link::gateway::{ExpectedReceipt, Receipt, verify_receipt};
use rabt_protocol::{
    directory::DIRECTORY_TYPE,
    hub::{self, RECEIPT_TYPE},
};

/// The longest receipt that is looked at, in bytes.
const RECEIPT_BYTES_MAX: usize = 8 * 1024;

/// The first byte says what the rest is: `0` a token, `1` a header of one line and a payload, each signed as they are; anything else
/// a payload, the two bytes before it a place in the token at which it is tampered with.
pub fn receipt(input: &[u8]) {
    let Some(usual) = Case::usual() else { return };
    match input {
        [0, token @ ..] => {
            let token = String::from_utf8_lossy(token);
            assert!(usual.verify(&token).is_err(), "nobody signed it");
        }
        [1, rest @ ..] => {
            let split = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            let (header, payload) = rest.split_at(split);
            let payload = payload.get(1..).unwrap_or_default();
            let case = Case::of(payload).unwrap_or(usual);
            if let Ok(receipt) = case.verify(&KNOWN.token_under(header, payload)) {
                case.check(&receipt);
            }
        }
        [_, high, low, payload @ ..] => signed(payload, u16::from_be_bytes([*high, *low]), &usual),
        _ => {}
    }
}

fn signed(payload: &[u8], place: u16, usual: &Case) {
    let token = KNOWN.token(RECEIPT_TYPE, payload);
    let verdict = usual.verify(&token);
    if token.len() > RECEIPT_BYTES_MAX {
        assert_eq!(verdict, Err(IncidentKind::TooMuch), "an endless receipt is looked at");
        return;
    }
    if let Ok(receipt) = &verdict {
        usual.check(receipt);
    }
    let Some(case) = Case::of(payload) else {
        assert!(verdict.is_err(), "it is about nothing that is paid");
        return;
    };
    let verdict = case.verify(&token);
    if let Ok(receipt) = &verdict {
        case.check(receipt);
    }
    for other in case.others() {
        assert!(
            other.verify(&token).is_err(),
            "a receipt for something else is believed"
        );
    }
    for (forged, why) in [
        (STRANGER.token(RECEIPT_TYPE, payload), "a stranger signed it"),
        (KNOWN.token(DIRECTORY_TYPE, payload), "it was signed as something else"),
        (tampered(&token, place), "it was changed after it was signed"),
    ] {
        assert!(case.verify(&forged).is_err(), "{why}");
    }
}

/// A payment of a bill, for which a receipt is awaited.
#[derive(Clone)]
struct Case {
    payment: HubPaymentId,
    subject: SubjectId,
    bill: BillKey,
    amount: Fils,
}

impl Case {
    /// One that no payload was made for.
    fn usual() -> Option<Self> {
        Self::parse("pay-0", "person-0", "dewa", "bill-0", 12_345)
    }

    /// The one that a payload says that it is for, where a person could have made it.
    fn of(payload: &[u8]) -> Option<Self> {
        let said: hub::Receipt = serde_json::from_slice(payload).ok()?;
        Self::parse(
            &said.payment_id,
            &said.subject,
            &said.agency_id,
            &said.bill_id,
            said.amount_fils,
        )
    }

    fn parse(payment: &str, subject: &str, agency: &str, bill: &str, amount_fils: i64) -> Option<Self> {
        Some(Self {
            payment: HubPaymentId::parse(payment).ok()?,
            subject: SubjectId::parse(subject).ok()?,
            bill: BillKey {
                agency: AgencyId::parse(agency).ok()?,
                bill: BillId::parse(bill).ok()?,
            },
            amount: Fils::owed(amount_fils).ok()?,
        })
    }

    /// Everything that differs from it in one member.
    fn others(&self) -> [Self; 6] {
        let other = |id: &str| if id == "x" { "y" } else { "x" };
        let mut others = std::array::from_fn(|_| self.clone());
        let [payment, subject, agency, bill, less, more] = &mut others;
        payment.payment = HubPaymentId::parse(other(self.payment.as_str())).expect("a letter is a name");
        subject.subject = SubjectId::parse(other(self.subject.as_str())).expect("a letter is a name");
        agency.bill.agency = AgencyId::parse(other(self.bill.agency.as_str())).expect("a letter is a name");
        bill.bill.bill = BillId::parse(other(self.bill.bill.as_str())).expect("a letter is a name");
        // At the edges there is no amount beyond; there the one below or above stands for it.
        less.amount = beside(self.amount, -1);
        more.amount = beside(self.amount, 1);
        others
    }

    fn verify(&self, token: &str) -> Result<Receipt, IncidentKind> {
        let expected = ExpectedReceipt {
            payment: &self.payment,
            subject: &self.subject,
            bill: &self.bill,
            amount: self.amount,
        };
        verify_receipt(token, &KNOWN.set, &expected)
    }

    fn check(&self, receipt: &Receipt) {
        assert_eq!(receipt.payment, self.payment);
        assert_eq!(receipt.bill, self.bill);
        assert_eq!(*receipt.amount.reveal(), self.amount);
        assert_eq!(receipt.currency, Currency::Aed);
        assert_owed(*receipt.amount.reveal());
        assert_identifier(receipt.id.as_str());
        assert_code(&receipt.posting);
        assert_shown(receipt.reference.reveal());
        assert_shown(receipt.paid_with.reveal());
        assert_instant(receipt.paid_at);
    }
}

fn beside(amount: Fils, by: i64) -> Fils {
    Fils::owed(amount.get() + by)
        .or_else(|_| Fils::owed(amount.get() - by))
        .expect("one of its neighbours can be owed")
}
