//! What the pages say, in both languages.

/// Which language a page is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    English,
    Arabic,
}

/// A text in both.
#[derive(Clone, Copy)]
pub(super) struct Words {
    pub(super) en: &'static str,
    pub(super) ar: &'static str,
}

impl Words {
    /// In one language.
    pub(super) fn pick(self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::Arabic => self.ar,
        }
    }
}

pub(super) const SIMULATED: Words = Words {
    en: "This is a simulation. No real bank, card or money is involved.",
    ar: "هذه محاكاة. لا علاقة لها بأي مصرف أو بطاقة أو أموال حقيقية.",
};
pub(super) const CONSENT_TITLE: Words = Words {
    en: "Allow payments from your account",
    ar: "السماح بالدفع من حسابك",
};
pub(super) const CONSENT_TEXT: Words = Words {
    en: "The city's payment hub asks to take payments that you confirm from the account below, for up to a year. You can withdraw this at any time.",
    ar: "تطلب بوابة الدفع في المدينة خصم المدفوعات التي تؤكدها من الحساب أدناه لمدة تصل إلى سنة. يمكنك سحب الموافقة في أي وقت.",
};
pub(super) const NO_ACCOUNT: Words = Words {
    en: "You have no account with this bank.",
    ar: "ليس لديك حساب لدى هذا المصرف.",
};
pub(super) const ACCOUNT: Words = Words {
    en: "Account ending in",
    ar: "حساب ينتهي بالرقم",
};
pub(super) const CARD_TITLE: Words = Words {
    en: "Add a card",
    ar: "إضافة بطاقة",
};
pub(super) const CARD_TEXT: Words = Words {
    en: "The number stays with the card processor. The city only learns the brand, the last four digits and the expiry.",
    ar: "يبقى رقم البطاقة لدى معالج البطاقات. لا تعرف المدينة سوى العلامة وآخر أربعة أرقام وتاريخ الانتهاء.",
};
pub(super) const NUMBER: Words = Words {
    en: "Card number",
    ar: "رقم البطاقة",
};
pub(super) const EXPIRY: Words = Words {
    en: "Expiry (MM/YY)",
    ar: "تاريخ الانتهاء (شهر/سنة)",
};
pub(super) const CVC: Words = Words {
    en: "Security code",
    ar: "رمز الأمان",
};
pub(super) const APPROVE: Words = Words {
    en: "Allow",
    ar: "موافق",
};
pub(super) const ADD: Words = Words {
    en: "Add card",
    ar: "إضافة البطاقة",
};
pub(super) const DENY: Words = Words {
    en: "Cancel",
    ar: "إلغاء",
};
pub(super) const GONE_TITLE: Words = Words {
    en: "This page is no longer valid",
    ar: "لم تعد هذه الصفحة صالحة",
};
pub(super) const GONE_TEXT: Words = Words {
    en: "It was used already, or its time has passed. Go back to the app and begin again.",
    ar: "استُخدمت هذه الصفحة من قبل أو انتهت مدتها. عد إلى التطبيق وابدأ من جديد.",
};
pub(super) const OTHER_LANGUAGE: Words = Words {
    en: "العربية",
    ar: "English",
};
pub(super) const BAD_NUMBER: Words = Words {
    en: "This is not a card number.",
    ar: "هذا ليس رقم بطاقة صحيحاً.",
};
pub(super) const NOT_A_TEST_CARD: Words = Words {
    en: "This city takes test cards only. Never enter a real card here.",
    ar: "تقبل هذه المدينة بطاقات الاختبار فقط. لا تُدخل بطاقة حقيقية هنا.",
};
pub(super) const BAD_EXPIRY: Words = Words {
    en: "The expiry is not a month, or has passed.",
    ar: "تاريخ الانتهاء غير صحيح أو قد مضى.",
};
pub(super) const BAD_CVC: Words = Words {
    en: "The security code has three or four digits.",
    ar: "يتكون رمز الأمان من ثلاثة أو أربعة أرقام.",
};
pub(super) const BAD_ACCOUNT: Words = Words {
    en: "Choose one of your accounts.",
    ar: "اختر أحد حساباتك.",
};
pub(super) const BAD_DECISION: Words = Words {
    en: "Choose to allow or to cancel.",
    ar: "اختر الموافقة أو الإلغاء.",
};
pub(super) const MANDATE_TITLE: Words = Words {
    en: "Let your bills pay themselves",
    ar: "السماح بدفع فواتيرك تلقائيًا",
};
pub(super) const MANDATE_TEXT: Words = Words {
    en: "The city's payment hub asks to pay bills from your account by itself, within the bounds below. You can withdraw this at any time.",
    ar: "تطلب بوابة الدفع في المدينة دفع الفواتير من حسابك تلقائيًا ضمن الحدود أدناه. يمكنك سحب الموافقة في أي وقت.",
};
pub(super) const EACH: Words = Words {
    en: "For one payment at most",
    ar: "الحد الأقصى للدفعة الواحدة",
};
pub(super) const PER_DAY: Words = Words {
    en: "For a day at most",
    ar: "الحد الأقصى لليوم",
};
pub(super) const PER_WEEK: Words = Words {
    en: "For seven days at most",
    ar: "الحد الأقصى لسبعة أيام",
};
pub(super) const PER_MONTH: Words = Words {
    en: "For a month at most",
    ar: "الحد الأقصى للشهر",
};
pub(super) const PER_YEAR: Words = Words {
    en: "For a year at most",
    ar: "الحد الأقصى للسنة",
};
pub(super) const IN_ALL: Words = Words {
    en: "In all at most",
    ar: "الحد الأقصى الإجمالي",
};
pub(super) const PAYMENTS: Words = Words {
    en: "payments",
    ar: "دفعات",
};
pub(super) const UNTIL: Words = Words {
    en: "Until", ar: "حتى"
};
