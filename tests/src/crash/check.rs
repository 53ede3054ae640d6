//! What must hold after a flow, whoever was killed in it.

use super::{
    Device, Flow, Lane, PERSONA,
    autopay::ASKED,
    control::Remote,
    files,
    prior::{NEWS, UNANSWERED, WITHDRAWN},
};
use crate::bill_key;
use rabt::{
    domain::{
        Bill, BillStatus, Payment, PaymentState, mandate,
        payment::{ItemState, Origin},
    },
    store::{
        CacheReport, KeyReport, LedgerReport,
        bills::{BillQuery, Standing},
    },
};
use rabt_protocol::agency::BillStatus as CityBillStatus;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// The longest page.
const PAGE: u16 = 200;
/// More outcomes than any flow makes.
const OUTCOMES: usize = 100;

/// Something amiss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind it is of.
    pub kind: FindingKind,
    /// What was seen.
    pub what: String,
}

/// What is amiss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingKind {
    /// Money, a payment, an outcome, a bill, a session is gone.
    Lost,
    /// A bill was paid twice, an outcome was told twice, an instrument linked twice.
    Doubled,
    /// The books don't balance.
    Unbalanced,
    /// The flow can't be finished, or is left half done.
    Stuck,
}

impl Finding {
    fn new(kind: FindingKind, what: String) -> Self {
        Self { kind, what }
    }

    pub(crate) fn stuck(what: String) -> Self {
        Self::new(FindingKind::Stuck, what)
    }
}

/// Collects what is amiss.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn unless(&mut self, holds: bool, kind: FindingKind, what: impl FnOnce() -> String) {
        if !holds {
            self.0.push(Finding::new(kind, what()));
        }
    }
}

/// Looks at everything that the city and the phone remember.
pub(crate) async fn all(lane: &Lane, flow: Flow, folder: &Path) -> Vec<Finding> {
    let mut findings = Findings::default();
    let device = match Device::open(folder).await {
        Ok(device) => device,
        Err(error) => {
            return vec![Finding::new(
                FindingKind::Lost,
                format!("the app doesn't open: {error}"),
            )];
        }
    };
    let hub = Remote::new(&device.city);
    books(&hub, &mut findings).await;
    opened(&device, &mut findings);
    incidents(&device, &mut findings).await;
    if flow == Flow::SignOut {
        nothing_is_left(&device, lane, folder, &mut findings).await;
        return findings.0;
    }
    session(&device, &mut findings).await;
    journal(&device, flow, &hub, &mut findings).await;
    bills(&device, flow, &hub, &mut findings).await;
    instruments(&device, &hub, &mut findings).await;
    if flow.has_mandate() {
        mandates(&device, flow, &mut findings).await;
    }
    findings.0
}

async fn books(hub: &Remote, findings: &mut Findings) {
    match hub.books_at_rest().await {
        Ok(books) => {
            findings.unless(books.balanced, FindingKind::Unbalanced, || {
                format!("the books: {}", books.problems)
            });
            findings.unless(books.paid_twice == 0, FindingKind::Doubled, || {
                format!("the books: {}", books.problems)
            });
            findings.unless(books.lost_fils == 0, FindingKind::Lost, || {
                format!("the books: {}", books.problems)
            });
        }
        Err(words) => findings.0.push(Finding::stuck(words)),
    }
}

/// A kill damages nothing, so there is nothing to heal and nothing to set aside.
fn opened(device: &Device, findings: &mut Findings) {
    let opened = device.rabt.opened();
    let healthy = (opened.key, &opened.cache, &opened.ledger)
        == (KeyReport::Existing, &CacheReport::Healthy, &LedgerReport::Healthy);
    findings.unless(healthy, FindingKind::Lost, || format!("{opened:?}"));
}

/// A kill is nobody's misbehaviour.
async fn incidents(device: &Device, findings: &mut Findings) {
    let incidents = device.rabt.diagnostics().incidents(10).await;
    let none = incidents.as_ref().is_ok_and(Vec::is_empty);
    findings.unless(none, FindingKind::Stuck, || format!("incidents: {incidents:?}"));
}

/// The person is signed in, and the provider thinks so too.
async fn session(device: &Device, findings: &mut Findings) {
    let signed_in = device.is_signed_in().await;
    findings.unless(signed_in == Ok(true), FindingKind::Lost, || {
        "nobody is signed in".to_owned()
    });
    let refreshed = device.rabt.instruments().refresh().await;
    findings.unless(refreshed.is_ok(), FindingKind::Lost, || {
        format!("the session doesn't hold: {refreshed:?}")
    });
}

/// What the hub has and what the phone has are the same payments, each finished, each with its outcome and receipts.
async fn journal(device: &Device, flow: Flow, hub: &Remote, findings: &mut Findings) {
    let payments = device.rabt.payments();
    let page = payments.page(None, PAGE).await;
    let (Ok(page), Ok(outcomes)) = (&page, payments.outcomes(OUTCOMES).await) else {
        findings.0.push(Finding::new(
            FindingKind::Lost,
            format!("the journal can't be read: {page:?}"),
        ));
        return;
    };
    let mut told: BTreeMap<String, Vec<PaymentState>> = BTreeMap::new();
    for queued in outcomes {
        let of = told.entry(queued.outcome.key.as_str().to_owned()).or_default();
        of.push(queued.outcome.state);
    }
    let known: BTreeMap<&str, &Payment> = page
        .payments
        .iter()
        .map(|payment| (payment.key.as_str(), payment))
        .collect();
    let at_hub = hub.payments().await;
    for payment in &at_hub {
        let here = known.get(payment.key.as_str());
        findings.unless(here.is_some(), FindingKind::Lost, || {
            format!("the phone doesn't know of the hub's payment {payment:?}")
        });
        let agree = here.is_none_or(|here| agree(here.state, &payment.stage));
        findings.unless(agree, FindingKind::Lost, || {
            format!("the hub says {payment:?}, the phone {:?}", here.map(|here| here.state))
        });
    }
    for payment in &page.payments {
        let key = payment.key.as_str();
        findings.unless(payment.state.is_final(), FindingKind::Stuck, || {
            format!("payment {key} is {:?}", payment.state)
        });
        let heard_of = at_hub.iter().any(|hub| hub.key == key) || payment.state == PaymentState::Rejected;
        findings.unless(heard_of, FindingKind::Lost, || format!("the hub doesn't know of {key}"));
        let mine = matches!(payment.origin, Origin::ThisDevice { .. });
        let expected: &[PaymentState] = if mine { &[payment.state] } else { &[] };
        let outcomes = told.remove(key).unwrap_or_default();
        // What a mandate paid and was heard of before it had settled is told when it has.
        let told_of_a_mandates = !mine && flow.has_mandate() && outcomes == [payment.state];
        let kind = if outcomes.len() > expected.len() {
            FindingKind::Doubled
        } else {
            FindingKind::Lost
        };
        findings.unless(outcomes == expected || told_of_a_mandates, kind, || {
            format!("payment {key} is {:?} and its outcomes are {outcomes:?}", payment.state)
        });
    }
    findings.unless(told.is_empty(), FindingKind::Doubled, || {
        format!("outcomes of nothing: {told:?}")
    });
    receipts(device, &page.payments, findings).await;
}

fn agree(here: PaymentState, stage: &str) -> bool {
    match stage {
        "closed" => matches!(
            here,
            PaymentState::Settled | PaymentState::PartlySettled | PaymentState::Refunded
        ),
        "rejected" => here == PaymentState::Rejected,
        _ => false,
    }
}

async fn receipts(device: &Device, payments: &[Payment], findings: &mut Findings) {
    let settled = payments.iter().flat_map(|payment| &payment.items);
    let settled = settled.filter(|item| item.state == ItemState::Settled).count();
    let receipts = device.rabt.payments().receipts(None, PAGE).await;
    let verified = receipts.as_ref().map_or(0, |page| {
        page.receipts.iter().filter(|view| view.receipt.is_ok()).count()
    });
    findings.unless(verified == settled, FindingKind::Lost, || {
        format!("{verified} of {settled} receipts verify: {receipts:?}")
    });
}

/// Where bills were read before or in the flow, they are those of the city, as they stand there.
async fn bills(device: &Device, flow: Flow, hub: &Remote, findings: &mut Findings) {
    let here = match every_bill(device).await {
        Ok(here) => here,
        Err(words) => {
            findings.0.push(Finding::new(FindingKind::Lost, words));
            return;
        }
    };
    if flow == Flow::SignIn {
        return;
    }
    // Of an agency that may not answer any more, nothing is kept.
    let silent = (flow == Flow::Sync).then_some(WITHDRAWN);
    let there: BTreeMap<_, _> = hub
        .bills(PERSONA)
        .await
        .into_iter()
        .filter(|bill| Some(bill.agency_id.as_str()) != silent)
        .map(|bill| {
            (
                bill_key(&bill.agency_id, &bill.bill_id),
                bill.status == CityBillStatus::Open,
            )
        })
        .collect();
    let known: BTreeSet<_> = here.keys().chain(there.keys()).collect();
    for key in known {
        let open = here.get(key).map(|bill| bill.status == BillStatus::Open);
        findings.unless(open == there.get(key).copied(), FindingKind::Lost, || {
            format!("{key:?} is open: {open:?} here, {:?} at its agency", there.get(key))
        });
    }
    let mut paid = flow.basket();
    if flow == Flow::Sync {
        paid.push(bill_key(UNANSWERED.0, UNANSWERED.1));
        findings.unless(here.contains_key(&bill_key(NEWS.0, NEWS.1)), FindingKind::Lost, || {
            "the news was not heard".to_owned()
        });
    }
    for key in paid {
        let status = here.get(&key).map(|bill| bill.status);
        findings.unless(status == Some(BillStatus::Paid), FindingKind::Lost, || {
            format!("{key:?} is {status:?}")
        });
    }
}

async fn every_bill(device: &Device) -> Result<BTreeMap<rabt::domain::BillKey, Bill>, String> {
    let mut query = BillQuery {
        standing: Standing::All,
        limit: PAGE,
        ..BillQuery::default()
    };
    let mut bills = BTreeMap::new();
    loop {
        let page = device.rabt.bills().page(query.clone()).await;
        let page = page.map_err(|error| format!("the bills can't be read: {error}"))?;
        bills.extend(
            page.bills
                .into_iter()
                .map(|stored| (stored.bill.key.clone(), stored.bill)),
        );
        match page.next {
            Some(next) => query.cursor = Some(next),
            None => return Ok(bills),
        }
    }
}

/// At most one is linked, and the phone has those that the hub has.
async fn instruments(device: &Device, hub: &Remote, findings: &mut Findings) {
    let here = device.rabt.instruments().list().await.map_or(0, |list| list.len());
    let there = hub.instruments(PERSONA).await;
    findings.unless(there <= 1, FindingKind::Doubled, || {
        format!("{there} instruments are linked")
    });
    findings.unless(here == there, FindingKind::Lost, || {
        format!("{here} instruments here, {there} at the hub")
    });
}

/// One mandate was signed, the gateway has all that was said about it, and what it did is what was signed.
async fn mandates(device: &Device, flow: Flow, findings: &mut Findings) {
    let autopay = device.rabt.autopay();
    let here = autopay.list().await.unwrap_or_default();
    let kind = if here.len() > 1 {
        FindingKind::Doubled
    } else {
        FindingKind::Lost
    };
    findings.unless(here.len() == 1, kind, || format!("{} mandates are signed", here.len()));
    let Some(before) = here.into_iter().next() else {
        return;
    };
    findings.unless(before.registered && before.unsent == 0, FindingKind::Lost, || {
        format!("the gateway hasn't all of {before:?}")
    });
    let refreshed = autopay.refresh().await;
    let after = autopay.list().await.unwrap_or_default();
    findings.unless(refreshed.is_ok() && after.len() == 1, FindingKind::Doubled, || {
        format!("{refreshed:?}: the gateway has {} mandates", after.len())
    });
    let stands = after.first().map(|one| one.standing);
    let right = match flow {
        Flow::RevokeMandate => matches!(stands, Some(mandate::Standing::Revoked { .. })),
        Flow::SyncMandates => matches!(stands, Some(mandate::Standing::Paused { .. })),
        _ => stands == Some(mandate::Standing::Active),
    };
    findings.unless(right, FindingKind::Lost, || format!("the mandate is {stands:?}"));
    let found = autopay.findings().await;
    findings.unless(found.as_ref().is_ok_and(Vec::is_empty), FindingKind::Stuck, || {
        format!("an honest gateway is accused: {found:?}")
    });
    if flow == Flow::AnswerMandate {
        let fine = device.rabt.bills().get(&bill_key(ASKED.0, ASKED.1)).await;
        let status = fine.ok().flatten().map(|stored| stored.bill.status);
        findings.unless(status == Some(BillStatus::Paid), FindingKind::Lost, || {
            format!("what was approved is {status:?}")
        });
    }
}

/// After a sign-out: nobody's phone, another key, no file but an empty store's.
async fn nothing_is_left(device: &Device, lane: &Lane, folder: &Path, findings: &mut Findings) {
    let nobodys = device.is_nobodys().await;
    findings.unless(nobodys == Ok(true), FindingKind::Stuck, || {
        format!("the phone is still somebody's: {nobodys:?}")
    });
    let bills = every_bill(device).await.map_or(usize::MAX, |bills| bills.len());
    let payments = device.rabt.payments().page(None, PAGE).await;
    let payments = payments.map_or(usize::MAX, |page| page.payments.len());
    let instruments = device
        .rabt
        .instruments()
        .list()
        .await
        .map_or(usize::MAX, |list| list.len());
    let accounts = device
        .rabt
        .accounts()
        .list()
        .await
        .map_or(usize::MAX, |list| list.len());
    let left = (bills, payments, instruments, accounts);
    findings.unless(left == (0, 0, 0, 0), FindingKind::Stuck, || {
        format!("bills, payments, instruments and accounts are left: {left:?}")
    });
    let (before, after) = (secrets(lane.prior_folder(Flow::SignOut)), secrets(folder));
    findings.unless(before.is_disjoint(&after), FindingKind::Stuck, || {
        "a key outlived the sign-out".to_owned()
    });
}

fn secrets(folder: &Path) -> BTreeSet<Vec<u8>> {
    let secrets = fs::read_dir(folder.join(files::SECRETS)).expect("a folder of secrets");
    secrets
        .map(|secret| fs::read(secret.expect("a secret").path()).expect("a secret can be read"))
        .collect()
}
