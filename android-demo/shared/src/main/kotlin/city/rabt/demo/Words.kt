package city.rabt.demo

import city.rabt.Language
import java.util.Locale

/** The demo's own words. What an agency, a bank or an error says comes in both languages from the core. */
interface Words {
    /** For amounts, days and what comes from the core. */
    val locale: Locale

    /** The other language, in that language. */
    val otherLanguage: String

    /** The demo's name. */
    val title: String

    /** Under the name, to whom nobody has signed in. */
    val welcome: String

    /** The button. */
    val signIn: String

    /** What agreeing means. */
    val consent: String

    /** The button. */
    val agree: String

    /** Nothing is open. */
    val nothingOpen: String

    /** Before the sum. */
    val open: String

    /** Before the day. */
    val due: String

    /** Instead of it. */
    val overdue: String

    /** Somebody is being asked. */
    val asking: String

    /** Nobody could be reached. */
    val offline: String

    /** Before how many agencies could not be reached. */
    val silent: String

    /** The button. */
    val refresh: String

    /** The button. */
    val pay: String

    /** The button. */
    val back: String

    /** Before the account. */
    val from: String

    /** The button where no account is linked. */
    val linkAccount: String

    /** It is settled. */
    val paid: String

    /** It is taken and not settled yet. */
    val underWay: String

    /** It is refused and nothing was taken. */
    val notPaid: String

    /** Nothing of it can be paid now. */
    val notPayable: String

    companion object {
        /** In this language. */
        fun of(language: Language): Words = if (language == Language.AR) Arabic else English
    }
}

private object English : Words {
    override val locale: Locale = Locale.forLanguageTag("en-AE")
    override val otherLanguage = "العربية"
    override val title = "City bills"
    override val welcome = "Every bill of every agency, after one sign-in. The city and its people are simulated."
    override val signIn = "Sign in"
    override val consent = "May these agencies tell the app what they hold for you? You can take it back at any time."
    override val agree = "Agree"
    override val nothingOpen = "Nothing is open."
    override val open = "Open"
    override val due = "Due"
    override val overdue = "Was due"
    override val asking = "Asking the agencies…"
    override val offline = "You are offline. This is what was known last."
    override val silent = "Agencies that did not answer:"
    override val refresh = "Refresh"
    override val pay = "Pay"
    override val back = "Back"
    override val from = "From"
    override val linkAccount = "Link a bank account"
    override val paid = "Paid"
    override val underWay = "Under way: you will see here what became of it."
    override val notPaid = "Not paid. Nothing was taken."
    override val notPayable = "This can't be paid now."
}

private object Arabic : Words {
    override val locale: Locale = Locale.forLanguageTag("ar-AE-u-nu-arab")
    override val otherLanguage = "English"
    override val title = "فواتير المدينة"
    override val welcome = "كل فواتير الجهات كلها بتسجيل دخول واحد. المدينة وسكانها محاكاة."
    override val signIn = "تسجيل الدخول"
    override val consent = "هل تسمح لهذه الجهات بأن تخبر التطبيق بما لديها عنك؟ يمكنك سحب موافقتك في أي وقت."
    override val agree = "أوافق"
    override val nothingOpen = "لا توجد فواتير مستحقة."
    override val open = "المستحق"
    override val due = "تستحق في"
    override val overdue = "كانت مستحقة في"
    override val asking = "جارٍ سؤال الجهات…"
    override val offline = "أنت غير متصل. هذا آخر ما عُرف."
    override val silent = "جهات لم تجب:"
    override val refresh = "تحديث"
    override val pay = "ادفع"
    override val back = "رجوع"
    override val from = "من"
    override val linkAccount = "اربط حسابًا مصرفيًا"
    override val paid = "تم الدفع"
    override val underWay = "قيد التنفيذ: ستظهر هنا النتيجة."
    override val notPaid = "لم يتم الدفع ولم يُخصم شيء."
    override val notPayable = "لا يمكن دفع هذه الفاتورة الآن."
}
