//! The flows: what a person wants, and what they and their app do until it is so, however often the app was killed meanwhile.
//!
//! A flow is driven by what the phone shows and by nothing that was remembered outside of it, but for the URL that the operating
//! system hands to an app that it opens.

use super::{Device, prior::Prior};
use crate::{bill_key, chosen};
use rabt::{
    ConflictCode, RabtError, Retry,
    domain::{BillKey, InstrumentKind, Payment, PaymentState},
};
use rabt_sandbox::browser::BrowserError;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

/// A flow that isn't finished after this never will be: a city is up again within a second, and the longest wait of the client's
/// own for something that was lost is fifteen.
const FINISHED_WITHIN: Duration = Duration::from_secs(45);
/// Between two looks whether the city answers again; there is no event for that.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// For how long the person watches a payment before the app looks at the journal again.
const WATCHED_FOR: Duration = Duration::from_secs(5);
/// The background worker's budget.
const SYNC_BUDGET: Duration = Duration::from_secs(10);
/// Bills of three agencies, whose total asks for no step-up.
const BASKET: [(&str, &str); 3] = [
    ("electricity-water", "ew-0003"),
    ("health", "he-0001"),
    ("knowledge", "kn-0001"),
];
/// Bills of three agencies, whose total does.
const DEAR_BASKET: [(&str, &str); 3] = [
    ("electricity-water", "ew-0001"),
    ("roads", "rt-0001"),
    ("economy", "ec-0001"),
];

/// What a person wants of their app.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flow {
    /// To be signed in; they have paid from another phone before.
    SignIn,
    /// Anything, when the access token has ended.
    RefreshTokens,
    /// To see the bills of twelve agencies for the first time.
    RefreshBills,
    /// To link a bank account.
    LinkInstrument,
    /// To pay bills of three agencies.
    Basket,
    /// The same, so much that the provider has to ask for a second factor.
    StepUpBasket,
    /// That the background worker does what was left: a payment whose answer was lost, a withdrawn consent, news.
    Sync,
    /// To be signed out.
    SignOut,
    /// To sign a mandate, and have the bank agree to it.
    SignMandate,
    /// To end it.
    RevokeMandate,
    /// To answer what it asks.
    AnswerMandate,
    /// That the background worker hears and checks what was decided by it.
    SyncMandates,
}

impl Flow {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::SignIn,
        Self::RefreshTokens,
        Self::RefreshBills,
        Self::LinkInstrument,
        Self::Basket,
        Self::StepUpBasket,
        Self::Sync,
        Self::SignOut,
        Self::SignMandate,
        Self::RevokeMandate,
        Self::AnswerMandate,
        Self::SyncMandates,
    ];

    /// As it is called in reports and on command lines.
    pub fn name(self) -> &'static str {
        match self {
            Self::SignIn => "sign-in",
            Self::RefreshTokens => "refresh-tokens",
            Self::RefreshBills => "refresh-bills",
            Self::LinkInstrument => "link-instrument",
            Self::Basket => "basket",
            Self::StepUpBasket => "step-up-basket",
            Self::Sync => "sync",
            Self::SignOut => "sign-out",
            Self::SignMandate => "sign-mandate",
            Self::RevokeMandate => "revoke-mandate",
            Self::AnswerMandate => "answer-mandate",
            Self::SyncMandates => "sync-mandates",
        }
    }

    /// The flow of a name.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flow| flow.name() == name)
    }

    /// What has happened before it begins.
    pub(crate) fn prior(self) -> Prior {
        match self {
            Self::SignIn => Prior::New,
            Self::RefreshBills => Prior::SignedIn,
            Self::LinkInstrument => Prior::Bills,
            Self::Basket | Self::StepUpBasket | Self::SignOut | Self::SignMandate => Prior::Linked,
            Self::RevokeMandate => Prior::Mandate,
            Self::AnswerMandate => Prior::Asked,
            Self::SyncMandates => Prior::Decided,
            Self::RefreshTokens => Prior::Expired,
            Self::Sync => Prior::Waiting,
        }
    }

    /// Whether a mandate is at work in it.
    pub(crate) fn has_mandate(self) -> bool {
        matches!(
            self,
            Self::SignMandate | Self::RevokeMandate | Self::AnswerMandate | Self::SyncMandates
        )
    }

    /// The bills that are paid by it.
    pub(crate) fn basket(self) -> Vec<BillKey> {
        let bills: &[_] = match self {
            Self::Basket => &BASKET,
            Self::StepUpBasket => &DEAR_BASKET,
            _ => &[],
        };
        bills.iter().map(|(agency, bill)| bill_key(agency, bill)).collect()
    }

    /// Does it, or what is left of it.
    ///
    /// # Panics
    /// Where it can't be done, or not in time.
    pub async fn finish(self, device: &Device) {
        let begun = Instant::now();
        loop {
            let trouble = match self.go_on(device).await {
                Ok(Progress::Done) => return,
                Ok(Progress::On) => None,
                Err(trouble) if trouble.may_pass() => {
                    device.until_the_city_answers().await;
                    Some(trouble)
                }
                Err(trouble) => panic!("{} can't go on: {trouble:?}", self.name()),
            };
            assert!(
                begun.elapsed() < FINISHED_WITHIN,
                "{} doesn't end: {trouble:?}",
                self.name()
            );
        }
    }

    async fn go_on(self, device: &Device) -> Result<Progress, Trouble> {
        device.take_returned().await?;
        match self {
            Self::SignIn => device.sign_in().await,
            Self::RefreshTokens => {
                device.rabt.instruments().refresh().await?;
                Ok(Progress::Done)
            }
            Self::RefreshBills => device.refresh_bills().await,
            Self::LinkInstrument => device.link().await,
            Self::Basket | Self::StepUpBasket => device.pay(&self.basket()).await,
            Self::Sync => device.sync().await,
            Self::SignOut => device.sign_out().await,
            Self::SignMandate => device.sign_mandate().await,
            Self::RevokeMandate => device.revoke_mandate().await,
            Self::AnswerMandate => device.answer_mandate().await,
            Self::SyncMandates => device.hear_all().await,
        }
    }
}

/// How far it is.
pub(crate) enum Progress {
    Done,
    /// To be looked at again.
    On,
}

/// What stands in the way.
#[derive(Debug)]
pub(crate) enum Trouble {
    Core(RabtError),
    /// The browser's page.
    #[expect(dead_code, reason = "for the message")]
    Page(BrowserError),
}

impl From<RabtError> for Trouble {
    fn from(error: RabtError) -> Self {
        Self::Core(error)
    }
}

impl From<BrowserError> for Trouble {
    fn from(error: BrowserError) -> Self {
        Self::Page(error)
    }
}

impl Trouble {
    /// A person tries a page again, and so does a network.
    fn may_pass(&self) -> bool {
        match self {
            Self::Core(error) => error.retry() != Retry::No,
            Self::Page(_) => true,
        }
    }
}

impl Device {
    async fn until_the_city_answers(&self) {
        let gateway = self.city.gateway.trim_start_matches("https://");
        let answers = async {
            while TcpStream::connect(gateway).await.is_err() {
                tokio::time::sleep(LOOK_EVERY).await;
            }
        };
        let answered = tokio::time::timeout(FINISHED_WITHIN, answers).await;
        assert!(answered.is_ok(), "the city doesn't come back");
    }

    /// Hands the app the URL that a page led back to, if the operating system still has one. One that the app doesn't want any
    /// more is dropped: the person begins again.
    async fn take_returned(&self) -> Result<(), Trouble> {
        let Some(url) = self.returned() else {
            return Ok(());
        };
        let taken = if url.starts_with(self.rabt_redirect()) {
            self.rabt.session().complete(&url).await.map(|_| ())
        } else if url.contains("consent_id=") {
            self.rabt.autopay().complete_consent(&url).await.map(|_| ())
        } else {
            self.rabt.instruments().complete_link(&url).await.map(|_| ())
        };
        match taken {
            Ok(()) | Err(RabtError::InvalidInput { .. } | RabtError::SignInRequired { .. }) => {
                self.took_returned();
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn sign_in(&self) -> Result<Progress, Trouble> {
        if self.is_signed_in().await? {
            // As an app does when it comes to the front.
            return self.sync().await;
        }
        let page = self.rabt.session().begin_sign_in().await?;
        self.visit_provider(&page, false).await?;
        Ok(Progress::On)
    }

    async fn refresh_bills(&self) -> Result<Progress, Trouble> {
        self.rabt.agencies().refresh().await?;
        let views = self.rabt.agencies().list().await?;
        let agencies: Vec<_> = views.into_iter().map(|view| view.agency.id).collect();
        self.rabt.agencies().consent(&agencies).await?;
        let report = self.rabt.bills().refresh().await?;
        done_where_all_answered(report)
    }

    async fn link(&self) -> Result<Progress, Trouble> {
        if !self.rabt.instruments().list().await?.is_empty() {
            return Ok(Progress::Done);
        }
        let page = self.rabt.instruments().begin_link(InstrumentKind::BankAccount).await?;
        self.visit_bank(&page).await?;
        Ok(Progress::On)
    }

    /// Pays, unless the journal says that this was done or is under way.
    pub(crate) async fn pay(&self, bills: &[BillKey]) -> Result<Progress, Trouble> {
        let payments = self.rabt.payments();
        for payment in payments.page(None, 50).await?.payments {
            if !pays(&payment, bills) {
                continue;
            }
            if !payment.state.is_final() {
                payments.follow(&payment.key, WATCHED_FOR).await?;
                return Ok(Progress::On);
            }
            if payment.state == PaymentState::Settled {
                return Ok(Progress::Done);
            }
        }
        let mut known = Vec::new();
        for bill in bills {
            known.extend(self.rabt.bills().get(bill).await?.map(|stored| stored.bill));
        }
        let instruments = self.rabt.instruments().list().await?;
        let instrument = &instruments.first().expect("one is linked").id;
        match self.quote_and_pay(&known.iter().collect::<Vec<_>>(), instrument).await {
            // What this says of is in the journal, and is looked at there.
            Err(Trouble::Core(RabtError::Conflict {
                code: ConflictCode::BillBeingPaid | ConflictCode::QuoteExpired,
            })) => Ok(Progress::On),
            other => other,
        }
    }

    async fn quote_and_pay(
        &self,
        bills: &[&rabt::domain::Bill],
        instrument: &rabt::domain::InstrumentId,
    ) -> Result<Progress, Trouble> {
        let payments = self.rabt.payments();
        let quote = payments.quote(&chosen(bills)).await?;
        match payments.pay(&quote.id, instrument).await {
            Err(RabtError::StepUpRequired { acr }) => {
                let page = self.rabt.session().begin_step_up(&acr).await?;
                self.visit_provider(&page, true).await?;
                self.take_returned().await?;
                payments.pay(&quote.id, instrument).await?;
            }
            other => {
                other?;
            }
        }
        Ok(Progress::On)
    }

    async fn sync(&self) -> Result<Progress, Trouble> {
        let report = self.rabt.sync().run(SYNC_BUDGET).await?;
        if let Some(trouble) = report.trouble {
            return Err(trouble.into());
        }
        if !report.complete || report.payments_left > 0 {
            return Ok(Progress::On);
        }
        done_where_all_answered(report.refreshed)
    }

    async fn sign_out(&self) -> Result<Progress, Trouble> {
        if self.is_signed_in().await? {
            self.rabt.session().sign_out(false).await?;
        }
        Ok(Progress::Done)
    }
}

fn done_where_all_answered(report: rabt::RefreshReport) -> Result<Progress, Trouble> {
    match report.agencies.into_iter().find_map(|agency| agency.outcome.err()) {
        Some(error) => Err(error.into()),
        None => Ok(Progress::Done),
    }
}

/// Whether it is the payment of these bills, and of no others.
fn pays(payment: &Payment, bills: &[BillKey]) -> bool {
    payment.items.len() == bills.len() && payment.items.iter().all(|item| bills.contains(&item.bill))
}
