import Foundation
import Rabt
import RabtTown
import Testing

/// Amounts and days: exact, whatever an app does with them.
@Suite struct MoneyTests {
    @Test func dirhamsAreExact() throws {
        #expect(Fils(dirhams: try decimal("1520.13")) == Fils(152_013))
        #expect(Fils(dirhams: try decimal("-0.05")) == Fils(-5))
        let tenFils = try decimal("0.1")
        #expect(Fils(10).dirhams == tenFils)
        #expect(Fils(dirhams: 0) == .zero)
    }

    @Test(arguments: ["0.001", "-0.001", "1.999", "92233720368547758.08", "-92233720368547758.09", "1e30"])
    func whatIsNoWholeFilsOrTooMuchIsNone(_ dirhams: String) throws {
        #expect(Fils(dirhams: try decimal(dirhams)) == nil)
    }

    @Test func whatIsNoNumberIsNone() { #expect(Fils(dirhams: .nan) == nil) }

    @Test(arguments: [Int64.min, Int64.min + 1, -101, -100, -99, -1, 0, 1, 99, 100, 101, Int64.max - 1, Int64.max])
    func everyAmountComesBackFromDirhams(_ count: Int64) {
        #expect(Fils(dirhams: Fils(count).dirhams) == Fils(count))
    }

    @Test func aLogShowsPlainDigits() {
        #expect("\(Fils(152_013))" == "AED 1520.13")
        #expect("\(Fils(-5))" == "AED -0.05")
        #expect("\(Fils(Int64.max))" == "AED 92233720368547758.07")
        #expect("\(Fils(Int64.min))" == "AED -92233720368547758.08")
    }

    @Test func aPersonReadsTheirOwnDigits() {
        let english = Fils(152_013).formatted(Locale(identifier: "en_AE"))
        #expect(english.contains("1,520.13"), "\(english)")
        let arabic = Fils(152_013).formatted(Locale(identifier: "ar_EG"))
        #expect(arabic.contains("١٬٥٢٠٫١٣"), "\(arabic)")
    }

    @Test func amountsAreSummedAndCompared() {
        let amounts = [Fils(10), Fils(20), Fils(-5)]
        #expect(amounts.reduce(.zero, +) == Fils(25))
        #expect(amounts.max() == Fils(20))
        #expect(Fils(10) - Fils(20) < .zero)
    }

    @Test func aDayIsTheSameEverywhere() throws {
        let day = try #require(CalendarDay(year: 2026, month: 3, day: 15))
        #expect(day.description == "2026-03-15")
        #expect(day.daysSince1970 == 20_527)
        #expect(CalendarDay(year: 2026, month: 2, day: 30) == nil)
        #expect(CalendarDay(year: 2024, month: 2, day: 29)?.description == "2024-02-29")
        #expect(CalendarDay(year: 1969, month: 12, day: 31)?.daysSince1970 == -1)
    }

    private func decimal(_ digits: String) throws -> Decimal { try known(Decimal(string: digits), digits) }
}
