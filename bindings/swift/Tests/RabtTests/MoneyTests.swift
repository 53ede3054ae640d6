import Foundation
import Testing

@testable import Rabt

@Suite struct MoneyTests {
    @Test func dirhamsAreExact() {
        #expect(Fils(dirhams: Decimal(string: "1520.13")!) == Fils(152_013))
        #expect(Fils(dirhams: Decimal(string: "-0.05")!) == Fils(-5))
        #expect(Fils(dirhams: Decimal(string: "0.001")!) == nil)
        #expect(Fils(dirhams: Decimal(string: "92233720368547758.08")!) == nil)
        #expect(Fils(10).dirhams == Decimal(string: "0.1"))
    }

    @Test func aLogShowsPlainDigits() {
        #expect("\(Fils(152_013))" == "AED 1520.13")
        #expect("\(Fils(-5))" == "AED -0.05")
    }

    @Test func aDayIsTheSameEverywhere() throws {
        let day = try #require(CalendarDay(year: 2026, month: 3, day: 15))
        #expect(day.description == "2026-03-15")
        #expect(day.daysSince1970 == 20_527)
        #expect(CalendarDay(year: 2026, month: 2, day: 30) == nil)
        #expect(CalendarDay(year: 2024, month: 2, day: 29)?.description == "2024-02-29")
    }
}
