//! Five lives on one phone, each from the sign-in to the sign-out.

use super::{
    PERSONAS, attacks, persons,
    witness::{RememberingSigner, Witness},
};
use rabt::{
    RabtError,
    domain::{Bill, Instrument, InstrumentKind, Payment, Personal},
    store::{
        LedgerReport,
        bills::{BillQuery, Standing},
    },
};
use rabt_sandbox::{Fault, FaultKind};
use rabt_tests::{Phone, Town, chosen};
use std::{fs, sync::Arc, time::Duration};
use tokio::runtime::Handle;

const PLENTY: Duration = Duration::from_secs(20);

/// The city, and a runtime aside on which the browser runs: what it logs isn't the core's.
pub(crate) struct Stage {
    pub(crate) town: Arc<Town>,
    aside: Handle,
}

impl Stage {
    pub(crate) fn new(town: Arc<Town>, aside: Handle) -> Self {
        Self { town, aside }
    }

    async fn at_the_provider(&self, url: &str, persona: &str, confirms: bool) -> String {
        let (town, url, persona) = (self.town.clone(), url.to_owned(), persona.to_owned());
        let visit = async move { town.city().sign_in_as(&url, &persona, confirms).await.unwrap() };
        self.aside.spawn(visit).await.unwrap()
    }

    async fn at_the_bank(&self, url: &str, persona: &str) -> String {
        let (town, url, persona) = (self.town.clone(), url.to_owned(), persona.to_owned());
        let visit = async move { town.city().approve_at_bank(&url, &persona).await.unwrap() };
        self.aside.spawn(visit).await.unwrap()
    }
}

pub(crate) async fn five_lives(stage: Stage, mut witness: Witness) -> Witness {
    for persona in PERSONAS {
        persons::note(&mut witness.canaries, &stage.town, persona);
    }
    let signer = RememberingSigner::new();
    let mut phone = Phone::unopened(&stage.town);
    phone.signer = Some(signer.clone());
    for persona in PERSONAS {
        if persona == "nobody" {
            // Once with the core's own key.
            phone.close();
            phone.signer = None;
        }
        phone.open().await.unwrap();
        Life {
            stage: &stage,
            phone: &mut phone,
            witness: &mut witness,
            persona,
        }
        .lives()
        .await;
    }
    for signature in signer.signatures() {
        witness.canaries.add_bytes("a DPoP proof's signature", &signature);
    }
    witness
}

/// One person's time with the phone.
pub(crate) struct Life<'a> {
    pub(crate) stage: &'a Stage,
    pub(crate) phone: &'a mut Phone,
    pub(crate) witness: &'a mut Witness,
    pub(crate) persona: &'static str,
}

impl Life<'_> {
    async fn lives(&mut self) {
        self.signs_in().await;
        self.looks_around().await;
        let instruments = self.links().await;
        if let Some(instrument) = instruments.first() {
            self.pays(instrument).await;
            self.loses_an_answer(instrument).await;
        }
        if self.persona == "tenant-family" {
            attacks::all(self, instruments.first().unwrap()).await;
        }
        self.renews_and_syncs().await;
        if self.persona == "trader" {
            self.loses_the_ledger().await;
        }
        self.signs_out().await;
    }

    async fn signs_in(&mut self) {
        let session = self.phone.rabt().session();
        let page = self.witness.told(session.begin_sign_in().await).unwrap();
        self.witness.learns_url(page.url.as_str());
        self.witness.sees_files(self.phone, "while the browser is open");
        let back = self.stage.at_the_provider(page.url.as_str(), self.persona, false).await;
        self.witness.learns_url(&back);
        self.witness.told(session.complete(&back).await).unwrap();
        // The same URL once more is refused.
        self.witness.told(session.complete(&back).await).unwrap_err();
        self.witness.told(session.state().await).unwrap();
    }

    async fn looks_around(&mut self) {
        let rabt = self.phone.rabt().clone();
        self.phone.consent_to_all().await;
        self.witness.told(rabt.bills().refresh().await).unwrap();
        self.witness.told(rabt.agencies().list().await).unwrap();
        let accounts = self.witness.told(rabt.accounts().list().await).unwrap();
        self.witness.told(rabt.bills().summary().await).unwrap();
        let name = persons::fixture(self.persona)["name"]["ar"]
            .as_str()
            .unwrap()
            .to_owned();
        let words = [
            name,
            "Salma Burjanoor".to_owned(),
            "EW-112612".to_owned(),
            "x".repeat(1_000),
        ];
        for search in words {
            let query = BillQuery {
                search: Some(Personal::new(search)),
                standing: Standing::All,
                ..BillQuery::default()
            };
            self.witness.hears(&query);
            let _found = self.witness.told(rabt.bills().page(query).await);
        }
        let mut query = BillQuery {
            standing: Standing::All,
            limit: 200,
            ..BillQuery::default()
        };
        loop {
            let page = self.witness.told(rabt.bills().page(query.clone()).await).unwrap();
            query.cursor = page.next;
            if query.cursor.is_none() {
                break;
            }
        }
        for account in accounts.iter().take(3) {
            // Their own number by hand, and one that is nobody's.
            let agencies = rabt.agencies().list().await.unwrap();
            let view = agencies
                .iter()
                .find(|view| view.agency.id == account.key.agency)
                .unwrap();
            let kind = view
                .agency
                .account_kinds
                .iter()
                .find(|kind| kind.code == account.kind)
                .unwrap();
            for number in [account.number.reveal().as_str(), "1", "Salma Burjanoor"] {
                let fields = kind
                    .form
                    .iter()
                    .map(|field| (field.name.clone(), number.to_owned()))
                    .collect();
                let added = rabt.accounts().add(&account.key.agency, &kind.code, fields).await;
                let _refused = self.witness.told(added);
            }
        }
    }

    async fn links(&mut self) -> Vec<Instrument> {
        let rabt = self.phone.rabt().clone();
        let fixture = persons::fixture(self.persona);
        for (member, kind) in [("bank", InstrumentKind::BankAccount), ("card", InstrumentKind::Card)] {
            let page = self.witness.told(rabt.instruments().begin_link(kind).await).unwrap();
            self.witness.learns_url(page.url.as_str());
            if fixture[member].is_null() {
                continue;
            }
            let back = self.stage.at_the_bank(page.url.as_str(), self.persona).await;
            self.witness.learns_url(&back);
            self.witness
                .told(rabt.instruments().complete_link(&back).await)
                .unwrap();
            self.witness
                .told(rabt.instruments().complete_link(&back).await)
                .unwrap_err();
        }
        self.witness.told(rabt.instruments().refresh().await).unwrap()
    }

    /// The open bills, cheapest first.
    pub(crate) async fn payable(&self) -> Vec<Bill> {
        let mut bills = self.phone.open_bills().await;
        bills.retain(Bill::is_payable);
        bills.sort_by_key(|bill| *bill.amount.reveal());
        bills
    }

    async fn pays(&mut self, instrument: &Instrument) {
        let rabt = self.phone.rabt().clone();
        let bills = self.payable().await;
        // Dear enough for a step-up where there are enough of them.
        let basket: Vec<&Bill> = bills.iter().rev().take(3).collect();
        let quote = self
            .witness
            .told(rabt.payments().quote(&chosen(&basket)).await)
            .unwrap();
        self.witness.canaries.add_amount("a total", quote.total.reveal().get());
        self.witness.hears(quote.surprises().count());
        let mut paid = self.witness.told(rabt.payments().pay(&quote.id, &instrument.id).await);
        if let Err(RabtError::StepUpRequired { acr }) = &paid {
            let page = self.witness.told(rabt.session().begin_step_up(acr).await).unwrap();
            self.witness.learns_url(page.url.as_str());
            let back = self.stage.at_the_provider(page.url.as_str(), self.persona, true).await;
            self.witness.learns_url(&back);
            self.witness.told(rabt.session().complete(&back).await).unwrap();
            paid = self.witness.told(rabt.payments().pay(&quote.id, &instrument.id).await);
        }
        self.tells_of(paid.unwrap()).await;
    }

    async fn loses_an_answer(&mut self, instrument: &Instrument) {
        let rabt = self.phone.rabt().clone();
        let bills = self.payable().await;
        let basket = chosen(&[bills.first().unwrap()]);
        let quote = self.witness.told(rabt.payments().quote(&basket).await).unwrap();
        let cut = Fault::new("gateway", FaultKind::CutAfterCommit);
        self.stage.town.fault(cut.on("/v1/payments").method("POST").times(1));
        let paid = self
            .witness
            .told(rabt.payments().pay(&quote.id, &instrument.id).await)
            .unwrap();
        let paid = self
            .witness
            .told(rabt.payments().follow(&paid.key, PLENTY).await)
            .unwrap();
        self.tells_of(paid).await;
    }

    /// Everything that a screen shows of a payment.
    async fn tells_of(&mut self, payment: Payment) {
        let payments = self.phone.rabt().payments();
        self.witness
            .canaries
            .add_amount("a payment's total", payment.total.reveal().get());
        self.witness.told(payments.get(&payment.key).await).unwrap();
        self.witness.told(payments.page(None, 10).await).unwrap();
        let receipts = self.witness.told(payments.receipts(None, 10).await).unwrap();
        for receipt in receipts.receipts {
            self.witness.canaries.add("a receipt", receipt.token.reveal());
        }
        let outcomes = self.witness.told(payments.outcomes(10).await).unwrap();
        let ids: Vec<_> = outcomes.iter().map(|queued| queued.id).collect();
        self.witness.told(payments.acknowledge(&ids).await).unwrap();
    }

    async fn renews_and_syncs(&mut self) {
        let rabt = self.phone.rabt().clone();
        self.learns_secrets().await;
        self.stage.town.control().expire_access_tokens(self.persona).unwrap();
        self.witness.told(rabt.sync().run(PLENTY).await).unwrap();
        self.witness.told(rabt.diagnostics().incidents(100).await).unwrap();
        self.witness.told(rabt.diagnostics().bundle().await).unwrap();
        self.witness.hears(rabt.opened());
        self.witness.hears(&self.phone.config);
        self.witness.sees_files(self.phone, &format!("{}, open", self.persona));
        self.learns_secrets().await;
        self.witness
            .sees_files(self.phone, &format!("{}, resumed", self.persona));
    }

    /// The files are looked into while the core is paused.
    async fn learns_secrets(&mut self) {
        let rabt = self.phone.rabt().clone();
        rabt.pause().await.unwrap();
        self.witness
            .sees_files(self.phone, &format!("{}, paused", self.persona));
        self.witness.learns_secrets(self.phone);
        rabt.resume().await.unwrap();
    }

    /// The ledger is damaged and set aside; the person signs in again and goes on.
    async fn loses_the_ledger(&mut self) {
        self.phone.close();
        let ledger = self.phone.dir.path().join("ledger.db");
        let mut bytes = fs::read(&ledger).unwrap();
        // The head of a page: what is in it can't be found any more.
        let page = bytes.len() / 2 / 4096 * 4096;
        bytes[page..page + 16].fill(0xff);
        fs::write(&ledger, bytes).unwrap();
        self.phone.open().await.unwrap();
        let opened = self.witness.hears(self.phone.rabt().opened().clone());
        assert!(matches!(opened.ledger, LedgerReport::SetAside { .. }));
        self.signs_in().await;
        self.looks_around().await;
        self.witness.sees_files(self.phone, "with a ledger set aside");
        let kept = self
            .witness
            .files
            .iter()
            .filter(|(name, _)| name.contains("set-aside"))
            .count();
        assert!(kept > 0);
    }

    async fn signs_out(&mut self) {
        let session = self.phone.rabt().session();
        self.learns_secrets().await;
        self.witness.told(session.sign_out(false).await).unwrap();
        self.witness.told(session.state().await).unwrap();
        self.witness.sees_files(self.phone, &format!("after {}", self.persona));
        self.phone.close();
    }
}
