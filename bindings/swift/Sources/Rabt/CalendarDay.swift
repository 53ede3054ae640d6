import Foundation

/// A day of the calendar in Asia/Dubai, such as the one on which a bill is due. It has no time and no zone, so it is the same day
/// wherever the phone is.
public struct CalendarDay: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01.
    public let daysSince1970: Int64

    /// A day by its distance from 1970-01-01.
    public init(daysSince1970: Int64) { self.daysSince1970 = daysSince1970 }

    /// A day by its numbers in the Gregorian calendar; `nil` where there is no such day.
    public init?(year: Int, month: Int, day: Int) {
        let asked = DateComponents(year: year, month: month, day: day)
        guard let date = CalendarDay.calendar.date(from: asked),
            CalendarDay.calendar.dateComponents([.year, .month, .day], from: date) == asked
        else { return nil }
        daysSince1970 = Int64((date.timeIntervalSince1970 / CalendarDay.secondsADay).rounded(.down))
    }

    /// Its year, month and day in the Gregorian calendar.
    public var components: DateComponents {
        CalendarDay.calendar.dateComponents([.year, .month, .day], from: date)
    }

    /// Its beginning at Greenwich: for a formatter whose time zone is UTC.
    public var date: Date { Date(timeIntervalSince1970: Double(daysSince1970) * CalendarDay.secondsADay) }

    public static func < (left: CalendarDay, right: CalendarDay) -> Bool { left.daysSince1970 < right.daysSince1970 }

    private static let secondsADay = 86_400.0

    private static let calendar: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()
}

/// `2026-03-15`.
extension CalendarDay: CustomStringConvertible {
    public var description: String {
        let parts = components
        return String(format: "%04d-%02d-%02d", parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
    }
}
