import Foundation

/// A scale under measured points: where the limit is, which points keep it. All numbers are the core's, in thousandths of the line's unit.
public struct Gauge: Equatable, Sendable {
    /// A value with what the verdict says of it.
    public struct Point: Equatable, Sendable {
        /// The value as it was measured.
        public let milli: Int64
        /// It is out of the limit.
        public let outside: Bool
        /// It is being typed.
        public let typed: Bool
        /// Its place on the scale, 0 to 1.
        public let share: Double
        /// How many recorded points have this value.
        public let times: Int
    }

    /// Where the scale begins and ends.
    public let range: ClosedRange<Int64>
    /// The part of it that keeps the limit, 0 to 1.
    public let good: ClosedRange<Double>
    /// The bounds that are drawn as lines: the least and the largest that keep the limit, where the rule has them.
    public let limits: [(milli: Int64, share: Double)]
    /// The numbers under the scale.
    public let ticks: [(milli: Int64, share: Double)]
    /// The points, each value once, the one being typed last.
    public let points: [Point]

    /// None where the rule has no number to draw.
    public init?(_ measure: MeasureView, points: [Int64], typed: Int64?, outside: [UInt16]) {
        let signed = measure.minMilli.map { $0 < 0 } ?? false
        // "Points below zero count by their amount", where no bound lies below zero.
        let place = { (milli: Int64) in signed ? milli : abs(milli) }
        let bounds = [measure.minMilli, measure.maxMilli].compactMap(\.self)
        guard let most = bounds.map(abs).max() else { return nil }
        let values = (points + [typed].compactMap(\.self)).map(place)
        let all = values + bounds + (measure.targetMilli.map { [$0] } ?? [])
        guard let low = all.min(), let high = all.max() else { return nil }
        // From zero where zero is near; else as much room on both sides as the bounds are wide.
        let width = measure.minMilli.flatMap { min in measure.maxMilli.map { $0 - min } } ?? most
        let room = max(width / 2, 1)
        let from = low >= 0 && low <= 2 * width ? 0 : low - room
        let to = high + room
        let span = Double(to - from)
        let share = { (milli: Int64) in min(max(Double(milli - from) / span, 0), 1) }
        range = from...to
        let least = measure.minMilli.map(share) ?? 0
        good = least...max(least, measure.maxMilli.map(share) ?? 1)
        limits = bounds.map { ($0, share($0)) }
        let step = Self.step(to - from)
        let first = (from + step - 1) / step * step
        ticks = stride(from: first, through: to, by: Int(step)).map { ($0, share($0)) }
        var shown: [Point] = []
        for (index, value) in points.enumerated() where !points[..<index].contains(value) {
            let out = points.indices.contains { points[$0] == value && outside.contains(UInt16(clamping: $0)) }
            let times = points.count { $0 == value }
            shown.append(Point(milli: value, outside: out, typed: false, share: share(place(value)), times: times))
        }
        if let typed {
            let out = outside.contains(UInt16(clamping: points.count))
            shown.append(Point(milli: typed, outside: out, typed: true, share: share(place(typed)), times: 1))
        }
        self.points = shown
    }

    /// Between four and nine numbers under the scale, round ones.
    private static func step(_ span: Int64) -> Int64 {
        var unit: Int64 = 1
        while span / unit > 90 { unit *= 10 }
        return [1, 2, 5, 10, 20].map { $0 * unit }.first { span / $0 < 10 } ?? unit
    }

    public static func == (a: Self, b: Self) -> Bool {
        a.range == b.range && a.good == b.good && a.points == b.points && a.limits.map(\.milli) == b.limits.map(\.milli)
    }
}
