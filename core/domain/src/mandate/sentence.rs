//! What a decision says to the person, made from its figures when it is read.

use super::{Period, Rule};
use crate::{DubaiDate, Fils, Language, Timestamp};

impl Rule {
    /// One sentence that says what becomes of the bill and why.
    pub fn sentence(&self, language: Language) -> String {
        match language {
            Language::En => self.in_english(),
            Language::Ar => self.in_arabic(),
        }
    }

    fn in_english(&self) -> String {
        match *self {
            Self::Due { pay_on } => format!("It is paid, because the day set for it, {pay_on}, has come."),
            Self::Approved { up_to } => format!("It is paid, because you approved it up to {}.", en(up_to)),
            Self::BelowFloor { balance, below } => {
                format!(
                    "The account is topped up, because {} is below {}.",
                    en(balance),
                    en(below)
                )
            }
            Self::NoMandate => "Nothing is done, because no mandate is for this bill.".to_owned(),
            Self::Paid => "Nothing is done, because it is paid.".to_owned(),
            Self::PaidElsewhere => "Nothing is done, because it was paid by another way.".to_owned(),
            Self::Withdrawn => "Nothing is done, because its agency withdrew it.".to_owned(),
            Self::Vanished => "Nothing is done, because its agency no longer mentions it.".to_owned(),
            Self::BeingPaid => "Nothing is done, because a payment of it is under way.".to_owned(),
            Self::SettledAlready => {
                "Nothing is done, because it has been paid and its agency is still to confirm that.".to_owned()
            }
            Self::ToppedUpToday => "Nothing is done, because the account was topped up today.".to_owned(),
            Self::Paused { since } => format!("Nothing is done, because you paused the mandate on {}.", day(since)),
            Self::Declined { at } => format!("Nothing is done, because you declined it on {}.", day(at)),
            Self::NoTopUps => "Nothing is done, because the mandate says nothing of top-ups.".to_owned(),
            Self::EnoughBalance { balance, below } => {
                format!("Nothing is done, because {} is not below {}.", en(balance), en(below))
            }
            Self::NotYet { pay_on } => format!("It will be paid on {pay_on}."),
            Self::NotUnderstood => {
                "It is held, because its agency says something of it that this app doesn't know.".to_owned()
            }
            Self::ClockBehind { latest } => {
                format!(
                    "It is held, because the clock is behind what happened on {}.",
                    day(latest)
                )
            }
            Self::Stale { fetched_at } => {
                format!(
                    "It is held, because its agency hasn't answered since {}.",
                    day(fetched_at)
                )
            }
            Self::BalanceUnknown => "It is held, because the agency doesn't tell the balance.".to_owned(),
            Self::AmountNotTaken { amount } => format!("It is held, because the bill doesn't take {}.", en(amount)),
            Self::OverPayment { amount, limit } => format!(
                "It is held, because {} is above your limit of {} for one payment.",
                en(amount),
                en(limit)
            ),
            Self::OverValue {
                period,
                amount,
                used,
                limit,
                resets_on,
            } => format!(
                "It is held, because with {} your limit of {} {} would be passed: {} is used{}.",
                en(amount),
                en(limit),
                per(period),
                en(used),
                again(resets_on)
            ),
            Self::OverCount {
                period,
                used,
                limit,
                resets_on,
            } => format!(
                "It is held, because your limit of payments {} is reached: {used} of {limit}{}.",
                per(period),
                again(resets_on)
            ),
            Self::AttemptsUsedUp { attempts } => {
                format!("It is held, because it could not be paid; it was tried {attempts} times.")
            }
            Self::RetryOn { on, .. } => format!("It is held, because it could not be paid; it is tried again on {on}."),
            Self::NoInstrument => {
                "It is held, because what you pay with has expired and there is nothing else to pay with.".to_owned()
            }
            Self::InstrumentStopped => {
                "It is held, because the bank no longer lets the mandate pay from this account or card.".to_owned()
            }
            Self::ShortOfMoney { amount, available } => format!(
                "It is held, because it costs {} and only {} is there.",
                en(amount),
                en(available)
            ),
            Self::Overdue { due_on } => format!("You are asked, because it was due on {due_on}."),
            Self::GrewPastApproval { amount, up_to } => format!(
                "You are asked again, because it is {} now and you approved {}.",
                en(amount),
                en(up_to)
            ),
            Self::AboveAmount { amount, above } => {
                format!("You are asked, because {} is above {}.", en(amount), en(above))
            }
            Self::AboveUsual {
                amount,
                usual,
                of,
                percent,
            } => format!(
                "You are asked, because {} is more than {percent} % above the usual {} of the last {of} bills.",
                en(amount),
                en(usual)
            ),
            Self::NoUsualYet { .. } => {
                "You are asked, because too few bills of this account were paid to know what is usual.".to_owned()
            }
        }
    }

    fn in_arabic(&self) -> String {
        match *self {
            Self::Due { pay_on } => format!("تُدفع لأن اليوم المحدد لها، {pay_on}، قد حلّ."),
            Self::Approved { up_to } => format!("تُدفع لأنك وافقت عليها حتى {}.", ar(up_to)),
            Self::BelowFloor { balance, below } => {
                format!("يُشحن الحساب لأن رصيده {} أقل من {}.", ar(balance), ar(below))
            }
            Self::NoMandate => "لا إجراء، إذ لا يشمل أي تفويض هذه الفاتورة.".to_owned(),
            Self::Paid => "لا إجراء، فهي مدفوعة.".to_owned(),
            Self::PaidElsewhere => "لا إجراء، فقد دُفعت بطريقة أخرى.".to_owned(),
            Self::Withdrawn => "لا إجراء، فقد سحبتها الجهة.".to_owned(),
            Self::Vanished => "لا إجراء، إذ لم تعد الجهة تذكرها.".to_owned(),
            Self::BeingPaid => "لا إجراء، فدفعها جارٍ الآن.".to_owned(),
            Self::SettledAlready => "لا إجراء، فقد دُفعت ولم تؤكد الجهة ذلك بعد.".to_owned(),
            Self::ToppedUpToday => "لا إجراء، فقد شُحن الحساب اليوم.".to_owned(),
            Self::Paused { since } => format!("لا إجراء، لأنك أوقفت التفويض مؤقتًا في {}.", day(since)),
            Self::Declined { at } => format!("لا إجراء، لأنك رفضتها في {}.", day(at)),
            Self::NoTopUps => "لا إجراء، إذ لا يذكر التفويض شحن الرصيد.".to_owned(),
            Self::EnoughBalance { balance, below } => {
                format!("لا إجراء، لأن الرصيد {} ليس أقل من {}.", ar(balance), ar(below))
            }
            Self::NotYet { pay_on } => format!("ستُدفع في {pay_on}."),
            Self::NotUnderstood => "معلّقة، لأن الجهة تذكر عنها ما لا يعرفه هذا التطبيق.".to_owned(),
            Self::ClockBehind { latest } => format!("معلّقة، لأن الساعة متأخرة عمّا حدث في {}.", day(latest)),
            Self::Stale { fetched_at } => format!("معلّقة، لأن الجهة لم تجب منذ {}.", day(fetched_at)),
            Self::BalanceUnknown => "معلّقة، لأن الجهة لا تذكر الرصيد.".to_owned(),
            Self::AmountNotTaken { amount } => format!("معلّقة، لأن الفاتورة لا تقبل مبلغ {}.", ar(amount)),
            Self::OverPayment { amount, limit } => {
                format!("معلّقة، لأن {} أعلى من حدّك للدفعة الواحدة وهو {}.", ar(amount), ar(limit))
            }
            Self::OverValue {
                period,
                amount,
                used,
                limit,
                resets_on,
            } => format!(
                "معلّقة، لأن دفع {} يتجاوز حدّك {} {}، وقد استُخدم منه {}{}.",
                ar(amount),
                per_ar(period),
                ar(limit),
                ar(used),
                again_ar(resets_on)
            ),
            Self::OverCount {
                period,
                used,
                limit,
                resets_on,
            } => format!(
                "معلّقة، لأن حدّ عدد الدفعات {} قد استُنفد: {used} من {limit}{}.",
                per_ar(period),
                again_ar(resets_on)
            ),
            Self::AttemptsUsedUp { attempts } => format!("معلّقة، لأن دفعها تعذّر، وعدد المحاولات {attempts}."),
            Self::RetryOn { on, .. } => format!("معلّقة، لأن دفعها تعذّر، وستُعاد المحاولة في {on}."),
            Self::NoInstrument => "معلّقة، لأن وسيلة الدفع انتهت صلاحيتها ولا توجد وسيلة أخرى.".to_owned(),
            Self::InstrumentStopped => {
                "معلّقة، لأن البنك لم يعد يسمح للتفويض بالدفع من هذا الحساب أو البطاقة.".to_owned()
            }
            Self::ShortOfMoney { amount, available } => {
                format!("معلّقة، لأن قيمتها {} والمتاح {} فقط.", ar(amount), ar(available))
            }
            Self::Overdue { due_on } => format!("نسألك، لأن موعد استحقاقها كان {due_on}."),
            Self::GrewPastApproval { amount, up_to } => {
                format!("نسألك مجددًا، لأن قيمتها الآن {} وقد وافقت على {}.", ar(amount), ar(up_to))
            }
            Self::AboveAmount { amount, above } => format!("نسألك، لأن {} أعلى من {}.", ar(amount), ar(above)),
            Self::AboveUsual {
                amount,
                usual,
                of,
                percent,
            } => format!(
                "نسألك، لأن {} يزيد بأكثر من {percent}٪ على المعتاد {}، وهو وسيط آخر فواتير عددها {of}.",
                ar(amount),
                ar(usual)
            ),
            Self::NoUsualYet { .. } => "نسألك، لأن ما دُفع من فواتير هذا الحساب لا يكفي لمعرفة المعتاد.".to_owned(),
        }
    }
}

/// "AED 1,234.50".
pub(super) fn en(amount: Fils) -> String {
    format!("AED {amount}")
}

/// "1,234.50 درهم".
pub(super) fn ar(amount: Fils) -> String {
    format!("{amount} درهم")
}

fn day(at: Timestamp) -> DubaiDate {
    DubaiDate::at(at)
}

pub(super) fn per(period: Period) -> &'static str {
    match period {
        Period::Day => "a day",
        Period::Week => "a week",
        Period::Month => "a month",
        Period::Year => "a year",
        Period::Lifetime => "in all",
    }
}

pub(super) fn per_ar(period: Period) -> &'static str {
    match period {
        Period::Day => "اليومي",
        Period::Week => "الأسبوعي",
        Period::Month => "الشهري",
        Period::Year => "السنوي",
        Period::Lifetime => "الإجمالي",
    }
}

fn again(resets_on: Option<DubaiDate>) -> String {
    resets_on.map_or_else(String::new, |day| format!("; it begins anew on {day}"))
}

fn again_ar(resets_on: Option<DubaiDate>) -> String {
    resets_on.map_or_else(String::new, |day| format!("، ويبدأ من جديد في {day}"))
}
