//! The pages' words, in both languages.

use crate::identity::request::Language;
use rabt_protocol::Localized;

pub(super) struct Words {
    pub(super) tag: &'static str,
    pub(super) direction: &'static str,
    pub(super) sign_in: &'static str,
    pub(super) for_app: &'static str,
    pub(super) who: &'static str,
    pub(super) pin: &'static str,
    pub(super) code: &'static str,
    pub(super) why_code: &'static str,
    pub(super) cancel: &'static str,
    pub(super) nobody_chosen: &'static str,
    pub(super) wrong: &'static str,
    pub(super) tries_left: &'static str,
    pub(super) locked: &'static str,
    pub(super) for_testers: &'static str,
    pub(super) wrong_request: &'static str,
    pub(super) gone: &'static str,
    pub(super) forged: &'static str,
    pub(super) broken: &'static str,
    pub(super) try_later: &'static str,
    pub(super) go_back: &'static str,
    pub(super) sign_out: &'static str,
    pub(super) sign_out_asked: &'static str,
    pub(super) signed_out: &'static str,
    pub(super) simulated: &'static str,
}

impl Words {
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &ENGLISH,
            Language::Arabic => &ARABIC,
        }
    }

    /// The one of two texts that is in these words' language.
    pub(super) fn in_this_language<'a>(&self, text: &'a Localized) -> &'a str {
        if self.tag == ARABIC.tag { &text.ar } else { &text.en }
    }
}

const ENGLISH: Words = Words {
    tag: "en",
    direction: "ltr",
    sign_in: "Sign in",
    for_app: "to continue to",
    who: "Who are you?",
    pin: "PIN",
    code: "One-time code",
    why_code: "What you are about to do needs a second proof that it is you.",
    cancel: "Cancel",
    nobody_chosen: "Choose who you are.",
    wrong: "The PIN or the code is wrong.",
    tries_left: "Tries left",
    locked: "There were too many wrong entries. Go back to the app and begin again.",
    for_testers: "PINs and codes, for testers",
    wrong_request: "The app's request is not right",
    gone: "This page is no longer valid",
    forged: "This form is not from this page",
    broken: "Something went wrong here",
    try_later: "Nothing was changed. Try again later.",
    go_back: "You can close this page and go back to the app.",
    sign_out: "Sign out",
    sign_out_asked: "Do you want to sign out?",
    signed_out: "You are signed out",
    simulated: "A simulated identity provider of a simulated city. Everybody in it is fictional.",
};

const ARABIC: Words = Words {
    tag: "ar",
    direction: "rtl",
    sign_in: "تسجيل الدخول",
    for_app: "للمتابعة إلى",
    who: "من أنت؟",
    pin: "الرقم السري",
    code: "رمز التحقق لمرة واحدة",
    why_code: "ما أنت بصدده يحتاج إلى إثبات ثانٍ لهويتك.",
    cancel: "إلغاء",
    nobody_chosen: "اختر من أنت.",
    wrong: "الرقم السري أو رمز التحقق غير صحيح.",
    tries_left: "المحاولات المتبقية",
    locked: "تجاوزت عدد المحاولات المسموح به. عُد إلى التطبيق وابدأ من جديد.",
    for_testers: "الأرقام السرية والرموز للمختبِرين",
    wrong_request: "طلب التطبيق غير صحيح",
    gone: "لم تعد هذه الصفحة صالحة",
    forged: "هذا النموذج ليس من هذه الصفحة",
    broken: "حدث خطأ هنا",
    try_later: "لم يتغير شيء. حاول مرة أخرى لاحقًا.",
    go_back: "يمكنك إغلاق هذه الصفحة والعودة إلى التطبيق.",
    sign_out: "تسجيل الخروج",
    sign_out_asked: "هل تريد تسجيل الخروج؟",
    signed_out: "تم تسجيل خروجك",
    simulated: "مزود هوية محاكى لمدينة محاكاة. كل من فيها شخصيات خيالية.",
};
