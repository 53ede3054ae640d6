//! A family with mandates, in a city whose gateway looks at them when it is told to.

use rabt::{
    BankConsentState, DecisionView, MandateDraft, MandateView, SyncReport,
    domain::{
        Instrument, InstrumentKind, MandateId,
        mandate::{Outcome, Progress, ScopeEntryDraft, Weekend, WhenDraft},
    },
    store::mandates::DecisionQuery,
};
use rabt_sandbox::NewBill;
use rabt_tests::{Phone, Town};
use std::time::Duration;

pub(crate) const PERSONA: &str = "tenant-family";
pub(crate) const PLENTY: Duration = Duration::from_secs(30);
/// The agency that tests add fines of.
pub(crate) const POLICE: &str = "police";
pub(crate) const DAY: i64 = 86_400;

/// See the module.
pub(crate) struct Household {
    pub(crate) town: Town,
    pub(crate) phone: Phone,
}

impl Household {
    /// Signed in, consented, with the bills of twelve agencies.
    pub(crate) async fn begin() -> Self {
        let town = Town::start().await;
        town.control().set_autopay_runs_by_itself(false);
        let phone = town.phone_of(PERSONA).await;
        phone.refresh().await;
        Self { town, phone }
    }

    pub(crate) async fn link(&self, kind: InstrumentKind) -> Instrument {
        self.phone.link(&self.town, PERSONA, kind).await
    }

    /// A draft for the bills of the police, paid on issue from a new card.
    pub(crate) async fn fines_on_a_card(&self) -> MandateDraft {
        let card = self.link(InstrumentKind::Card).await;
        MandateDraft {
            scope: Some(vec![of_agency(POLICE)]),
            when: WhenDraft::OnIssue,
            weekend: Weekend::Keep,
            ..MandateDraft::new(card.id.as_str())
        }
    }

    /// The same from a bank account, which needs a limit.
    pub(crate) async fn fines_on_an_account(&self) -> MandateDraft {
        let account = self.link(InstrumentKind::BankAccount).await;
        let mut draft = MandateDraft {
            scope: Some(vec![of_agency(POLICE)]),
            when: WhenDraft::OnIssue,
            weekend: Weekend::Keep,
            ..MandateDraft::new(account.id.as_str())
        };
        draft.limits.per_payment_fils = Some(500_000);
        draft
    }

    pub(crate) async fn sign(&self, draft: &MandateDraft) -> MandateView {
        self.phone.rabt().autopay().sign(draft).await.expect("it is signed")
    }

    /// Goes to the bank's page and agrees.
    pub(crate) async fn consent(&self, mandate: &MandateId) -> MandateView {
        let autopay = self.phone.rabt().autopay();
        let page = autopay.begin_consent(mandate).await.expect("a page");
        let url = self.town.city().approve_at_bank(page.url.as_str(), PERSONA).await;
        let url = url.expect("the bank's page works");
        autopay.complete_consent(&url).await.expect("the bank consents")
    }

    /// The police issue a fine; its name.
    pub(crate) fn fine(&self, amount_fils: i64) -> String {
        let bill = self.town.control().add_bill(NewBill {
            agency_id: POLICE.to_owned(),
            persona_id: PERSONA.to_owned(),
            kind_code: "traffic-fine".to_owned(),
            amount_fils: Some(amount_fils),
            ..NewBill::default()
        });
        bill.expect("the fine is issued").bill_id
    }

    /// Has the gateway look at mandates; how many payments it made.
    pub(crate) async fn run(&self) -> usize {
        self.town.control().run_autopay().await.expect("the gateway runs")
    }

    pub(crate) async fn sync(&self) -> SyncReport {
        let report = self.phone.rabt().sync().run(PLENTY).await.expect("a sync");
        assert_eq!(report.trouble, None);
        report
    }

    /// Lets so much time pass that every agency is asked again.
    pub(crate) fn pass(&self, seconds: i64) {
        self.town.pass(&self.phone, seconds);
    }

    /// What was decided about a bill, newest first.
    pub(crate) async fn decided(&self, agency: &str, bill: &str) -> Vec<DecisionView> {
        decided(&self.phone, agency, bill).await
    }

    /// The last outcome and rule about a bill.
    pub(crate) async fn last(&self, agency: &str, bill: &str) -> (Outcome, &'static str) {
        let decided = self.decided(agency, bill).await;
        let last = decided.first().expect("something was decided about it");
        (last.outcome, last.rule.code())
    }

    /// Whether a mandate paid a bill, and by which rule: what is decided about it afterwards is that it is paid.
    pub(crate) async fn was_paid(&self, agency: &str, bill: &str) -> Option<(DecisionView, &'static str)> {
        let decided = self.decided(agency, bill).await;
        let paid = decided.into_iter().find(|one| {
            let payment = one.payment.as_ref();
            payment.is_some_and(|payment| payment.progress == Progress::Settled)
        })?;
        let rule = paid.rule.code();
        Some((paid, rule))
    }

    /// What was found, by code.
    pub(crate) async fn found(&self) -> Vec<String> {
        let findings = self.phone.rabt().autopay().findings().await.expect("findings");
        findings.into_iter().map(|kept| kept.finding.code).collect()
    }

    /// Nothing was paid twice or lost.
    pub(crate) fn books_balance(&self) {
        let books = self.town.city().books().expect("books");
        assert_eq!(
            (books.balanced, books.paid_twice, books.lost_fils),
            (true, 0, 0),
            "{books:?}"
        );
    }
}

pub(crate) async fn decided(phone: &Phone, agency: &str, bill: &str) -> Vec<DecisionView> {
    let query = DecisionQuery {
        bill: Some(rabt_tests::bill_key(agency, bill)),
        ..DecisionQuery::default()
    };
    phone
        .rabt()
        .autopay()
        .decisions(query)
        .await
        .expect("decisions")
        .decisions
}

pub(crate) fn of_agency(agency: &str) -> ScopeEntryDraft {
    ScopeEntryDraft {
        agency_id: Some(agency.to_owned()),
        ..ScopeEntryDraft::default()
    }
}

pub(crate) fn consent_status(view: &MandateView) -> &str {
    match &view.consent {
        BankConsentState::NotNeeded => "not needed",
        BankConsentState::Missing => "missing",
        BankConsentState::There { status, .. } => status,
    }
}
