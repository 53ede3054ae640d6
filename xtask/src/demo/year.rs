//! A year of the same family in a city of its own, whose clock is moved: two mandates pay every bill of twelve agencies, beside the same year in
//! which nobody remembers a bill before the end of its month.
//!
//! The phone's clock is the city's. The agencies charge what being late costs by the sandbox's simulated rule, in both years alike.

mod bills;
mod told;

use super::{Outcome, figures::AutopayFigures, show};
use bills::{DUE_DAYS, issue_month, late_fees, pay_the_rest_by_hand};
use rabt::{
    AGENCY_DEADLINE_MS_DEFAULT, Clock, Config, MandateDraft, Ports, Rabt, SessionState, SystemEntropy,
    domain::{
        BillKey, DubaiDate, InstrumentKind, Language, MandateId, Timestamp,
        mandate::{AllowanceDraft, Outcome as Decided, Rule, ScopeEntryDraft, Verdict, WhenDraft},
    },
    jose::JwkSet,
    store::{MemorySecretStore, mandates::DecisionQuery},
};
use rabt_sandbox::{City, CityConfig, Control, Fault, FaultKind, LateFees};
use std::{sync::Arc, time::Duration};
use tempfile::TempDir;
use told::Month;

const FAMILY: &str = "tenant-family";
const RETURN_URI: &str = "rabt-demo:/linked";
/// 1 January 2027, 09:00 in Dubai.
const BEGINS_AT: &str = "2027-01-01T05:00:00Z";
const MONTHS: usize = 12;
const BUDGET: Duration = Duration::from_secs(10);
/// Electricity and water are paid from the card when the bill comes, up to AED 600: the summer's is above it.
const POWER: &str = "electricity-water";
const POWER_LIMIT_FILS: i64 = 60_000;
/// The month in which an agency is down over the day on which it would be paid, and which.
const DOWN_IN: usize = 3;
const DOWN: &str = "municipality";
/// The month in which the person revokes the electricity's mandate on a journey without a network.
const REVOKED_IN: usize = 10;

/// The phone's clock goes with the city's.
struct CityClock(Control);

impl Clock for CityClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.clock().now_ms).unwrap_or(Timestamp::EPOCH)
    }
}

struct Year {
    city: City,
    phone: Rabt,
    _folder: TempDir,
}

/// Plays both years.
pub(super) async fn play(figures: &mut Option<AutopayFigures>) -> Outcome<()> {
    show::scene("A year in which bills pay themselves (another city, whose clock is moved)");
    let year = Year::begin().await?;
    let (all, power) = year.agree().await?;
    let mut sums = AutopayFigures::default();
    for month in 0..MONTHS {
        let told = year.month(month, &all, &power).await?;
        told.show(month);
        sums.months += 1;
        sums.paid += told.paid;
        sums.held += told.held;
    }
    let fees = late_fees(year.city.control())?;
    let findings = year.phone.autopay().findings().await?.len();
    let books = year.city.books()?;
    year.city.stop().await;
    let without = without_autopay().await?;
    sums.late_fees = fees.fils;
    sums.late_fees_without = without.fils;
    show::line(&format!(
        "  late fees {} for {} bills; without autopay {} for {} bills (a simulated rule; everything is paid at the month's end there)",
        dirhams(fees.fils),
        fees.bills,
        dirhams(without.fils),
        without.bills
    ));
    let balance = if books.balanced && books.problems.is_empty() {
        "balanced"
    } else {
        "NOT balanced"
    };
    show::line(&format!(
        "  the books: {balance}; paid twice: {}; lost: {}; the phone checked every decision and found {findings} outside what was signed",
        books.paid_twice,
        dirhams(books.lost_fils)
    ));
    sums.is_sound = books.balanced && books.paid_twice == 0 && books.lost_fils == 0 && findings == 0;
    *figures = Some(sums);
    Ok(())
}

impl Year {
    async fn begin() -> Outcome<Self> {
        let city = City::start(CityConfig {
            personas: vec![FAMILY.to_owned()],
            starts_at_ms: Some(Timestamp::parse(BEGINS_AT)?.millis()),
            ..CityConfig::default()
        })
        .await?;
        city.control().set_autopay_runs_by_itself(false);
        pay_the_rest_by_hand(city.control())?;
        let folder = TempDir::with_prefix("rabt-demo-year-")?;
        let config = Config {
            data_dir: folder.path().to_owned(),
            gateway_url: city.gateway_url().to_owned(),
            issuer: city.issuer().to_owned(),
            client_id: city.client_id().to_owned(),
            redirect_uri: city.redirect_uri().to_owned(),
            instrument_return_uri: RETURN_URI.to_owned(),
            directory_keys: JwkSet {
                keys: vec![city.directory_key()],
            },
            extra_roots_pem: vec![city.ca_pem().to_owned()],
            language: Language::En,
            agency_deadline_ms: AGENCY_DEADLINE_MS_DEFAULT,
        };
        let ports = Ports {
            clock: Arc::new(CityClock(city.control().clone())),
            entropy: Arc::new(SystemEntropy::default()),
            secrets: Arc::new(MemorySecretStore::default()),
            device_signer: None,
        };
        let phone = Rabt::open(config, ports).await?;
        let page = phone.session().begin_sign_in().await?;
        let url = city.sign_in_as(page.url.as_str(), FAMILY, true).await?;
        let SessionState::SignedIn { .. } = phone.session().complete(&url).await? else {
            return Err("the family isn't signed in".into());
        };
        phone.agencies().refresh().await?;
        let ids: Vec<_> = phone
            .agencies()
            .list()
            .await?
            .into_iter()
            .map(|view| view.agency.id)
            .collect();
        phone.agencies().consent(&ids).await?;
        Ok(Self {
            city,
            phone,
            _folder: folder,
        })
    }

    /// Everything from the account, three days before it is due; electricity from the card, when the bill comes.
    async fn agree(&self) -> Outcome<(MandateId, MandateId)> {
        let account = self.link(InstrumentKind::BankAccount).await?;
        let card = self.link(InstrumentKind::Card).await?;
        self.phone.sync().run(BUDGET).await?;
        let autopay = self.phone.autopay();
        let mut all = MandateDraft::new(account);
        all.when = WhenDraft::BeforeDue { days: 3 };
        all.limits.per_payment_fils = Some(300_000);
        all.limits.periods[2] = AllowanceDraft {
            value_fils: Some(1_500_000),
            count: None,
        };
        all.priority = 2;
        let mut power = MandateDraft::new(card);
        power.scope = Some(vec![ScopeEntryDraft {
            agency_id: Some(POWER.to_owned()),
            account_id: None,
            kind: None,
        }]);
        power.when = WhenDraft::OnIssue;
        power.limits.per_payment_fils = Some(POWER_LIMIT_FILS);
        power.priority = 1;
        for (name, draft) in [("everything", &all), ("electricity and water", &power)] {
            show::line(&format!("  a mandate for {name}:"));
            for sentence in autopay.draft(draft).await?.summary {
                show::line(&format!("    {}", sentence.en));
            }
        }
        let all = autopay.sign(&all).await?.id;
        let page = autopay.begin_consent(&all).await?;
        let url = self.city.approve_at_bank(page.url.as_str(), FAMILY).await?;
        autopay.complete_consent(&url).await?;
        let power = autopay.sign(&power).await?.id;
        Ok((all, power))
    }

    async fn link(&self, kind: InstrumentKind) -> Outcome<String> {
        let page = self.phone.instruments().begin_link(kind).await?;
        let url = self.city.approve_at_bank(page.url.as_str(), FAMILY).await?;
        Ok(self
            .phone
            .instruments()
            .complete_link(&url)
            .await?
            .id
            .as_str()
            .to_owned())
    }

    async fn month(&self, month: usize, all: &MandateId, power: &MandateId) -> Outcome<Month> {
        let control = self.city.control();
        let mut told = Month::default();
        go_to(control, month, 1)?;
        issue_month(control, month)?;
        if month == REVOKED_IN {
            told.note(self.revoke_offline(power).await?);
        }
        self.day(month, all, power, &mut told).await?;
        for due_day in DUE_DAYS {
            go_to(control, month, due_day - 3)?;
            let down = (month == DOWN_IN && due_day == DUE_DAYS[0]).then(|| {
                let fault = Fault::new(
                    DOWN,
                    FaultKind::Status {
                        status: 503,
                        body: None,
                    },
                );
                control.set_fault(fault)
            });
            self.day(month, all, power, &mut told).await?;
            go_to(control, month, due_day)?;
            if let Some(fault) = down {
                self.day(month, all, power, &mut told).await?;
                control.clear_fault(fault?)?;
                told.note(format!(
                    "{DOWN} was down from the day set until the day it was due, and was paid that day"
                ));
            }
            self.day(month, all, power, &mut told).await?;
            go_to(control, month, due_day + 1)?;
            control.charge_late_fees()?;
        }
        self.count(month, &mut told).await?;
        Ok(told)
    }

    /// The gateway looks, the phone hears of it, and the person answers what they are asked or what is held over a limit.
    async fn day(&self, month: usize, all: &MandateId, power: &MandateId, told: &mut Month) -> Outcome<()> {
        self.city.control().run_autopay().await?;
        self.phone.sync().run(BUDGET).await?;
        let mut answered = false;
        for decision in self.decisions(month).await? {
            let waits = match decision.rule {
                Rule::OverPayment { amount, .. } => Some(amount),
                _ => None,
            };
            let mandate = decision.by.as_ref().map(|(mandate, _)| mandate);
            let (Some(amount), Some(mandate)) = (waits, mandate.filter(|id| [all, power].contains(id))) else {
                continue;
            };
            if decision.answer.is_some() || !told.asks_about(&decision.bill) {
                continue;
            }
            show::line(&format!("    held: {} The person says yes.", decision.sentence.en));
            let verdict = Verdict::Approved { up_to: amount };
            self.phone.autopay().answer(mandate, &decision.bill, verdict).await?;
            answered = true;
        }
        if answered {
            self.city.control().run_autopay().await?;
            self.phone.sync().run(BUDGET).await?;
        }
        Ok(())
    }

    async fn revoke_offline(&self, power: &MandateId) -> Outcome<String> {
        let control = self.city.control();
        control.cut_network(true);
        let revoked = self.phone.autopay().revoke(power).await;
        control.cut_network(false);
        let unsent = revoked?.unsent;
        self.phone.sync().run(BUDGET).await?;
        Ok(format!(
            "the electricity's mandate was revoked without a network ({unsent} statement waited); from then on the other one pays"
        ))
    }

    /// All decisions since a month began, newest first.
    async fn decisions(&self, month: usize) -> Outcome<Vec<rabt::DecisionView>> {
        let mut query = DecisionQuery {
            from_on: Some(DubaiDate::at(instant(month, 1)?)),
            ..DecisionQuery::default()
        };
        let mut decisions = Vec::new();
        loop {
            let page = self.phone.autopay().decisions(query.clone()).await?;
            decisions.extend(page.decisions);
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => return Ok(decisions),
            }
        }
    }

    async fn count(&self, month: usize, told: &mut Month) -> Outcome<()> {
        let mut paid: std::collections::BTreeMap<BillKey, i64> = std::collections::BTreeMap::new();
        for decision in self.decisions(month).await? {
            match decision.outcome {
                Decided::Pay => {
                    if let Some(payment) = decision.payment {
                        paid.insert(decision.bill, payment.amount.get());
                    }
                }
                Decided::Hold if matches!(decision.rule, Rule::OverPayment { .. }) => told.held += 1,
                Decided::Hold => told.waited += 1,
                Decided::Skip | Decided::Ask => {}
            }
        }
        told.paid = paid.len();
        told.fils = paid.values().sum();
        Ok(())
    }
}

/// The same bills, and a person who pays what is open at the counters on the last day that is played of each month.
async fn without_autopay() -> Outcome<LateFees> {
    let city = City::start(CityConfig {
        personas: vec![FAMILY.to_owned()],
        starts_at_ms: Some(Timestamp::parse(BEGINS_AT)?.millis()),
        ..CityConfig::default()
    })
    .await?;
    let control = city.control();
    pay_the_rest_by_hand(control)?;
    for month in 0..MONTHS {
        go_to(control, month, 1)?;
        issue_month(control, month)?;
        for due_day in DUE_DAYS {
            go_to(control, month, due_day + 1)?;
            control.charge_late_fees()?;
        }
        pay_the_rest_by_hand(control)?;
    }
    let fees = late_fees(control)?;
    city.stop().await;
    Ok(fees)
}

/// Noon of a day of a month of the year, in Dubai.
fn instant(month: usize, day: u8) -> Outcome<Timestamp> {
    Ok(Timestamp::parse(&format!("2027-{:02}-{day:02}T08:00:00Z", month + 1))?)
}

fn go_to(control: &Control, month: usize, day: u8) -> Outcome<()> {
    control.set_clock(&instant(month, day)?.to_string())?;
    Ok(())
}

fn dirhams(fils: i64) -> String {
    rabt::domain::Fils::new(fils).map(show::dirhams).unwrap_or_default()
}
