import Foundation

extension RabtError {
    /// What every error says: its stable code, the reason in both languages, and whether to try again.
    public var details: ErrorDetails {
        switch self {
        case .Offline(let details), .Refused(let details): details
        case .SignInRequired(_, let details): details
        case .StepUpRequired(_, let details): details
        case .AgencyUnavailable(_, let details): details
        case .InvalidInput(_, _, let details): details
        case .Conflict(_, let details): details
        case .Storage(_, let details): details
        case .Bug(_, let details): details
        }
    }

    /// A stable code, for a record, a log or a test: `offline`, `bill_being_paid`, `insufficient_funds`.
    public var code: String { details.code }

    /// A sentence for the person: in Arabic where the locale is Arabic, else in English.
    public func reason(_ locale: Locale) -> String { locale.isArabic ? details.reasonAr : details.reasonEn }

    /// How long to wait before repeating the same call, in seconds; `nil` where that can't help, or only once the network is back.
    public var retryAfter: TimeInterval? {
        if case .after(let waitMs) = details.retry { Double(waitMs) / 1000 } else { nil }
    }
}

// The generator makes it a `LocalizedError` whose `errorDescription` is the error as code. What a person reads is here.
extension RabtError {
    /// The reason in the language of the device.
    public var failureReason: String? { reason(.current) }
}

extension Bilingual {
    /// The text in the person's language: in Arabic where the locale is Arabic, else in English.
    public func text(_ locale: Locale) -> String { locale.isArabic ? ar : en }
}

extension Locale {
    fileprivate var isArabic: Bool { identifier == "ar" || identifier.hasPrefix("ar_") || identifier.hasPrefix("ar-") }
}
