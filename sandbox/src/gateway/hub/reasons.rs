//! What a person is told when something isn't done, where nobody else said it.

use rabt_protocol::{Localized, Problem, hub::Rejection, problem::code};

/// A rejection for a code alone.
pub(super) fn rejection(code: &str) -> Rejection {
    Rejection {
        code: code.to_owned(),
        reason: reason(code),
    }
}

/// An agency's refusal, in its own words where it has some.
pub(super) fn of_problem(problem: Problem) -> Rejection {
    let reason = problem.reason.unwrap_or_else(|| reason(&problem.code));
    Rejection {
        code: problem.code,
        reason,
    }
}

fn reason(code: &str) -> Localized {
    match code {
        code::INSUFFICIENT_FUNDS => Localized::new(
            "There is not enough money in the account, or the card's limit is reached. Nothing was taken.",
            "الرصيد غير كافٍ أو تم بلوغ حد البطاقة. لم يُخصم أي مبلغ.",
        ),
        code::INSTRUMENT_UNUSABLE => Localized::new(
            "This account or card can't be used. Nothing was taken.",
            "لا يمكن استخدام هذا الحساب أو هذه البطاقة. لم يُخصم أي مبلغ.",
        ),
        code::BILL_ALREADY_PAID => Localized::new(
            "The bill was paid already. Your money came back.",
            "الفاتورة مدفوعة من قبل. أُعيد إليك المبلغ.",
        ),
        code::BILL_CHANGED => Localized::new(
            "The agency changed the bill meanwhile. Your money came back.",
            "عدّلت الجهة الفاتورة في هذه الأثناء. أُعيد إليك المبلغ.",
        ),
        code::BILL_WITHDRAWN => Localized::new(
            "The agency withdrew the bill. Your money came back.",
            "سحبت الجهة الفاتورة. أُعيد إليك المبلغ.",
        ),
        _ => Localized::new(
            "The agency refused the payment. Your money came back.",
            "رفضت الجهة الدفع. أُعيد إليك المبلغ.",
        ),
    }
}
