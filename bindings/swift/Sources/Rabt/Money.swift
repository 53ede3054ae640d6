import Foundation

/// An amount of money in whole fils, of which a dirham (AED) has a hundred; below zero for what is given back.
///
/// It is never a fraction and never a floating-point number. Adding what would overflow traps, as it does for any integer of Swift's;
/// the core refuses amounts far below that.
public struct Fils: Hashable, Comparable, Sendable, AdditiveArithmetic {
    /// The amount in fils.
    public let count: Int64

    /// Nothing.
    public static let zero = Fils(0)

    /// An amount of fils.
    public init(_ count: Int64) { self.count = count }

    /// An amount of dirhams; `nil` for one that has a part of a fils, or is beyond what an `Int64` of fils holds.
    public init?(dirhams: Decimal) {
        var fils = dirhams * 100
        var whole = Decimal()
        NSDecimalRound(&whole, &fils, 0, .plain)
        guard whole == fils, let count = Int64(NSDecimalNumber(decimal: whole).stringValue) else { return nil }
        self.count = count
    }

    /// The amount in dirhams, exactly.
    public var dirhams: Decimal { Decimal(count) / 100 }

    /// As a person reads it, in the digits and the order of the locale.
    public func formatted(_ locale: Locale) -> String {
        let formatter = NumberFormatter()
        formatter.locale = locale
        formatter.numberStyle = .currency
        formatter.currencyCode = "AED"
        formatter.minimumFractionDigits = 2
        formatter.maximumFractionDigits = 2
        return formatter.string(from: NSDecimalNumber(decimal: dirhams)) ?? description
    }

    public static func < (left: Fils, right: Fils) -> Bool { left.count < right.count }

    public static func + (left: Fils, right: Fils) -> Fils { Fils(left.count + right.count) }

    public static func - (left: Fils, right: Fils) -> Fils { Fils(left.count - right.count) }
}

/// In plain digits, for a log: `AED 1520.13`.
extension Fils: CustomStringConvertible {
    public var description: String {
        let (dirhams, fils) = count.magnitude.quotientAndRemainder(dividingBy: 100)
        return "AED \(count < 0 ? "-" : "")\(dirhams).\(fils < 10 ? "0" : "")\(fils)"
    }
}
