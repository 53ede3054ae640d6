//! A mandate in plain words, and what a person should think of before agreeing to it.

use super::{
    BillView, History, Mandate, Period, Scope, ScopeEntry, Usual, Weekend, When,
    sentence::{ar, en, per, per_ar},
    usual,
};
use crate::{AccountKey, AgencyId, BillKind, Directory, DubaiDate, Fils, Instrument, Language};
use std::collections::BTreeSet;

/// Something in a mandate that may not be what the person means. It is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// Nothing bounds what it may pay.
    NoLimit,
    /// It covers none of the bills that are known.
    NothingCovered,
    /// The limit for one payment is below what is usual for an account that it covers.
    BelowUsual {
        /// Which account.
        account: AccountKey,
        /// The limit.
        limit: Fils,
        /// What is usual.
        usual: Fils,
    },
    /// What is usual for the accounts that it covers is together above its limit for a month.
    MonthBelowUsual {
        /// The limit.
        limit: Fils,
        /// What is usual together.
        usual: Fils,
    },
    /// It pays on the last day, so that an agency that is down that day makes the bill late.
    PaysOnLastDay,
    /// What it pays with ends before it does, and there is no fallback.
    InstrumentEndsFirst {
        /// Its last day.
        on: DubaiDate,
    },
    /// What it adds to a prepaid account may leave it low.
    TopUpTooSmall,
}

/// What a person should think of, from the bills that are known and what was paid.
pub fn warnings(mandate: &Mandate, bills: &[BillView], history: &History, instruments: &[Instrument]) -> Vec<Warning> {
    let terms = mandate.terms();
    let mut found = Vec::new();
    if !terms.limits.is_limit() {
        found.push(Warning::NoLimit);
    }
    let covered: Vec<&BillView> = bills.iter().filter(|bill| terms.scope.covers(bill)).collect();
    if covered.is_empty() {
        found.push(Warning::NothingCovered);
    }
    let accounts: BTreeSet<_> = covered
        .iter()
        .filter(|bill| bill.kind == BillKind::Utility)
        .map(|bill| (&bill.key.agency, &bill.account))
        .collect();
    let mut together = Fils::ZERO;
    for (agency, account) in accounts {
        let Usual::Is { amount: usual, .. } = usual(&history.paid, agency, account, BillKind::Utility) else {
            continue;
        };
        together = together.checked_add(usual).unwrap_or(Fils::MAX);
        if let Some(limit) = terms.limits.per_payment.filter(|limit| *limit < usual) {
            let account = AccountKey {
                agency: agency.clone(),
                account: account.clone(),
            };
            found.push(Warning::BelowUsual { account, limit, usual });
        }
    }
    if let Some(limit) = terms.limits.of(Period::Month).value.filter(|limit| *limit < together) {
        found.push(Warning::MonthBelowUsual { limit, usual: together });
    }
    if terms.schedule.when == When::OnDue {
        found.push(Warning::PaysOnLastDay);
    }
    let ends_first =
        |instrument: &&Instrument| instrument.id == terms.instrument && instrument.expires_on < terms.until;
    if let Some(instrument) = instruments.iter().find(ends_first).filter(|_| terms.fallback.is_none()) {
        found.push(Warning::InstrumentEndsFirst {
            on: instrument.expires_on,
        });
    }
    if terms.top_up.is_some_and(|floor| floor.add < floor.below) {
        found.push(Warning::TopUpTooSmall);
    }
    found
}

impl Warning {
    /// One sentence.
    pub fn sentence(&self, directory: &Directory, language: Language) -> String {
        match (self, language) {
            (Self::NoLimit, Language::En) => "Nothing limits what this mandate may pay.".to_owned(),
            (Self::NoLimit, Language::Ar) => "لا حدّ لما قد يدفعه هذا التفويض.".to_owned(),
            (Self::NothingCovered, Language::En) => "None of your present bills is covered by it.".to_owned(),
            (Self::NothingCovered, Language::Ar) => "لا يشمل أيًّا من فواتيرك الحالية.".to_owned(),
            (Self::BelowUsual { account, limit, usual }, Language::En) => format!(
                "The limit of {} for one payment is below your usual bill of {}, which is {}.",
                en(*limit),
                agency_name(directory, &account.agency, language),
                en(*usual)
            ),
            (Self::BelowUsual { account, limit, usual }, Language::Ar) => format!(
                "حدّ الدفعة الواحدة {} أقل من فاتورتك المعتادة لدى {}، وهي {}.",
                ar(*limit),
                agency_name(directory, &account.agency, language),
                ar(*usual)
            ),
            (Self::MonthBelowUsual { limit, usual }, Language::En) => format!(
                "The limit of {} a month is below what your bills usually are together, {}.",
                en(*limit),
                en(*usual)
            ),
            (Self::MonthBelowUsual { limit, usual }, Language::Ar) => format!(
                "الحدّ الشهري {} أقل من مجموع فواتيرك المعتادة، وهو {}.",
                ar(*limit),
                ar(*usual)
            ),
            (Self::PaysOnLastDay, Language::En) => {
                "It pays on the last day: if an agency doesn't answer that day, the bill will be late.".to_owned()
            }
            (Self::PaysOnLastDay, Language::Ar) => {
                "يدفع في اليوم الأخير: إن لم تجب الجهة في ذلك اليوم تأخرت الفاتورة.".to_owned()
            }
            (Self::InstrumentEndsFirst { on }, Language::En) => {
                format!("What it pays with ends on {on}, before the mandate does, and there is no fallback.")
            }
            (Self::InstrumentEndsFirst { on }, Language::Ar) => {
                format!("تنتهي وسيلة الدفع في {on} قبل انتهاء التفويض، ولا توجد وسيلة بديلة.")
            }
            (Self::TopUpTooSmall, Language::En) => "What it adds to a prepaid account may leave it low.".to_owned(),
            (Self::TopUpTooSmall, Language::Ar) => "قد يبقى رصيد الحساب منخفضًا بعد الشحن.".to_owned(),
        }
    }
}

/// The mandate in plain words: which bills, when, with which limits, when it asks, until when; a sentence each.
pub fn summary(mandate: &Mandate, directory: &Directory, language: Language) -> Vec<String> {
    let terms = mandate.terms();
    let english = language == Language::En;
    let money = |amount| if english { en(amount) } else { ar(amount) };
    let mut lines = vec![match &terms.scope {
        Scope::All if english => "It pays all your bills.".to_owned(),
        Scope::All => "يدفع جميع فواتيرك.".to_owned(),
        Scope::Chosen(entries) => {
            let names: Vec<String> = entries
                .iter()
                .map(|entry| entry_name(entry, directory, language))
                .collect();
            if english {
                format!("It pays these bills: {}.", names.join("; "))
            } else {
                format!("يدفع هذه الفواتير: {}.", names.join("؛ "))
            }
        }
    }];
    lines.push(when_in_words(terms.schedule.when, terms.schedule.weekend, language));
    if let Some(limit) = terms.limits.per_payment {
        lines.push(if english {
            format!("At most {} for one payment.", money(limit))
        } else {
            format!("بحد أقصى {} للدفعة الواحدة.", money(limit))
        });
    }
    for period in Period::ALL {
        let allowance = terms.limits.of(period);
        if let Some(limit) = allowance.value {
            lines.push(if english {
                format!("At most {} {}.", money(limit), per(period))
            } else {
                format!("الحدّ {}: {}.", per_ar(period), money(limit))
            });
        }
        if let Some(limit) = allowance.count {
            lines.push(if english {
                format!("At most {limit} payments {}.", per(period))
            } else {
                format!("الحدّ {} لعدد الدفعات: {limit}.", per_ar(period))
            });
        }
    }
    if let Some(above) = terms.ask_first.above {
        lines.push(if english {
            format!("It asks you first above {}.", money(above))
        } else {
            format!("يسألك أولًا فوق {}.", money(above))
        });
    }
    if let Some(percent) = terms.ask_first.above_usual_percent {
        lines.push(if english {
            format!("It asks you first when a utility bill is more than {percent} % above its usual.")
        } else {
            format!("يسألك أولًا إذا زادت فاتورة الخدمات بأكثر من {percent}٪ على المعتاد.")
        });
    }
    if let Some(floor) = terms.top_up {
        lines.push(if english {
            format!(
                "It adds {} to a prepaid account that has less than {}.",
                money(floor.add),
                money(floor.below)
            )
        } else {
            format!(
                "يضيف {} إلى الحساب مسبق الدفع إذا قلّ رصيده عن {}.",
                money(floor.add),
                money(floor.below)
            )
        });
    }
    lines.push(if english {
        format!(
            "From {} until {}; you can stop it at any time.",
            terms.from, terms.until
        )
    } else {
        format!("من {} إلى {}؛ ويمكنك إيقافه في أي وقت.", terms.from, terms.until)
    });
    lines
}

fn when_in_words(when: When, weekend: Weekend, language: Language) -> String {
    let (day, weekend) = match language {
        Language::En => (
            match when {
                When::OnIssue => "It pays when a bill is issued".to_owned(),
                When::OnDue => "It pays on the day on which a bill is due".to_owned(),
                When::BeforeDue { days } => format!("It pays {days} days before a bill is due"),
                When::DayOfMonth { day } => {
                    format!("It pays on day {day} of the month, or earlier where a bill is due earlier")
                }
            },
            match weekend {
                Weekend::Keep => ".",
                Weekend::Before => ", and before a weekend rather than on it.",
                Weekend::After => ", and after a weekend rather than on it.",
            },
        ),
        Language::Ar => (
            match when {
                When::OnIssue => "يدفع عند إصدار الفاتورة".to_owned(),
                When::OnDue => "يدفع في يوم استحقاق الفاتورة".to_owned(),
                When::BeforeDue { days } => format!("يدفع قبل الاستحقاق، وعدد الأيام {days}"),
                When::DayOfMonth { day } => format!("يدفع في اليوم {day} من الشهر، أو قبله إن كان الاستحقاق أقرب"),
            },
            match weekend {
                Weekend::Keep => ".",
                Weekend::Before => "، وقبل عطلة نهاية الأسبوع لا خلالها.",
                Weekend::After => "، وبعد عطلة نهاية الأسبوع لا خلالها.",
            },
        ),
    };
    day + weekend
}

fn agency_name<'a>(directory: &'a Directory, id: &'a AgencyId, language: Language) -> &'a str {
    directory
        .agency(id)
        .map_or(id.as_str(), |agency| agency.short_name.get(language))
}

fn entry_name(entry: &ScopeEntry, directory: &Directory, language: Language) -> String {
    let kind = entry.kind.map(|kind| kind_name(kind, language));
    let agency = entry.agency.as_ref().map(|id| agency_name(directory, id, language));
    let account = entry.account.as_ref().map(|id| match language {
        Language::En => format!("account {}", id.as_str()),
        Language::Ar => format!("الحساب {}", id.as_str()),
    });
    let parts = [agency.map(str::to_owned), account, kind.map(str::to_owned)];
    parts
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(if language == Language::En { ", " } else { "، " })
}

fn kind_name(kind: BillKind, language: Language) -> &'static str {
    match (kind, language) {
        (BillKind::Utility, Language::En) => "utility bills",
        (BillKind::Fine, Language::En) => "fines",
        (BillKind::Fee, Language::En) => "fees",
        (BillKind::TopUp, Language::En) => "top-ups",
        (BillKind::Unknown, Language::En) => "other bills",
        (BillKind::Utility, Language::Ar) => "فواتير الخدمات",
        (BillKind::Fine, Language::Ar) => "المخالفات",
        (BillKind::Fee, Language::Ar) => "الرسوم",
        (BillKind::TopUp, Language::Ar) => "شحن الرصيد",
        (BillKind::Unknown, Language::Ar) => "فواتير أخرى",
    }
}
