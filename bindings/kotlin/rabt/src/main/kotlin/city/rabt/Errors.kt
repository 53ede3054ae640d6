package city.rabt

import java.util.Locale
import kotlin.time.Duration
import kotlin.time.Duration.Companion.milliseconds

/** What every error says: its stable code, the reason in both languages, and whether to try again. */
public val RabtException.details: ErrorDetails
    get() = when (this) {
        is RabtException.Offline -> details
        is RabtException.SignInRequired -> details
        is RabtException.StepUpRequired -> details
        is RabtException.AgencyUnavailable -> details
        is RabtException.Refused -> details
        is RabtException.InvalidInput -> details
        is RabtException.Conflict -> details
        is RabtException.Storage -> details
        is RabtException.Bug -> details
    }

/** A stable code, for a record, a log or a test: `offline`, `bill_being_paid`, `insufficient_funds`. */
public val RabtException.code: String
    get() = details.code

/** A sentence for the person: in Arabic where the [locale] is Arabic, else in English. */
public fun RabtException.reason(locale: Locale): String =
    if (locale.language == ARABIC) details.reasonAr else details.reasonEn

/** How long to wait before repeating the same call; `null` where that can't help, or only once the network is back. */
public val RabtException.retryAfter: Duration?
    get() = when (val retry = details.retry) {
        is Retry.After -> retry.waitMs.milliseconds
        is Retry.Never, is Retry.WhenOnline -> null
    }

/** The text in the person's language: in Arabic where the [locale] is Arabic, else in English. */
public fun Bilingual.of(locale: Locale): String = if (locale.language == ARABIC) ar else en

private const val ARABIC = "ar"
