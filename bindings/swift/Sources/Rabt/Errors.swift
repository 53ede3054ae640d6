import Foundation

extension RabtError {
    /// What every error says: its stable code, the reason in both languages, and whether to try again.
    public var details: ErrorDetails {
        switch self {
        case .offline(let details), .refused(let details): details
        case .signInRequired(_, let details): details
        case .stepUpRequired(_, let details): details
        case .agencyUnavailable(_, let details): details
        case .invalidInput(_, _, let details): details
        case .conflict(_, let details): details
        case .storage(_, let details): details
        case .bug(_, let details): details
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

/// `localizedDescription` is the sentence for the person, so that SwiftUI's `alert(isPresented:error:)` shows the right one; `description` is the
/// line for a log.
extension RabtError: LocalizedError {
    /// The reason in the language of the app.
    public var errorDescription: String? { reason(.current) }
}

// The generator writes `description` from the core's `Display`, and says of no enum that it has one.
extension RabtError: CustomStringConvertible {}
extension PortError: CustomStringConvertible {}

extension Bilingual {
    /// The text in the person's language: in Arabic where the locale is Arabic, else in English.
    public func text(_ locale: Locale) -> String { locale.isArabic ? ar : en }
}

extension Locale {
    fileprivate var isArabic: Bool { language.languageCode == .arabic }
}
