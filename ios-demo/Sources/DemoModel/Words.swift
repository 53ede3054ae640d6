import Rabt

/// The demo's own words; everything else that is read comes from the agencies and the core, in both languages.
public enum Words {
    public static let signIn = Bilingual(en: "Sign in, and let all agencies answer", ar: "سجّل الدخول واسمح لجميع الجهات بالرد")
    public static let title = Bilingual(en: "My city (simulated)", ar: "مدينتي (محاكاة)")
    public static let signOut = Bilingual(en: "Sign out", ar: "تسجيل الخروج")
    public static let otherLanguage = Bilingual(en: "العربية", ar: "English")
    public static let openBills = Bilingual(en: "Open bills", ar: "الفواتير المفتوحة")
    public static let noBills = Bilingual(en: "Nothing to pay", ar: "لا يوجد ما يُدفع")
    public static let offline = Bilingual(en: "Offline: what you see is what was stored", ar: "غير متصل: ما تراه هو المحفوظ")
    public static let silent = Bilingual(en: "Did not answer", ar: "لم تُجب")
    public static let due = Bilingual(en: "Due", ar: "تُستحق في")
    public static let pay = Bilingual(en: "Pay", ar: "ادفع")
    public static let notNow = Bilingual(en: "Not now", ar: "ليس الآن")
    public static let ok = Bilingual(en: "OK", ar: "حسنًا")
    public static let notPayable = Bilingual(en: "This bill can't be paid now.", ar: "لا يمكن دفع هذه الفاتورة الآن.")
    public static let somethingElse = Bilingual(en: "That did not work.", ar: "لم ينجح ذلك.")

    /// What became of a payment.
    public static func outcome(_ state: PaymentState) -> Bilingual {
        switch state {
        case .settled: Bilingual(en: "Paid.", ar: "تم الدفع.")
        case .partlySettled: Bilingual(en: "Paid in part; the rest went back.", ar: "دُفع جزء، وأُعيد الباقي.")
        case .rejected: Bilingual(en: "Not paid; nothing was taken.", ar: "لم يُدفع، ولم يُخصم شيء.")
        case .refunded: Bilingual(en: "Not paid; the money went back.", ar: "لم يُدفع، وأُعيد المبلغ.")
        case .created, .submitting, .unknown, .pending:
            Bilingual(en: "On its way. You will be told.", ar: "قيد التنفيذ. سنخبرك بالنتيجة.")
        }
    }
}
