import Foundation
import Observation

/// Snags with their states.
public struct SnagListState: ScreenState {
    /// The filter; none shows all.
    public var phase: Phase?
    /// Rows read so far.
    public var rows: [SnagView] = []
    /// How many there are under the filter.
    public var total: UInt64 = 0
    /// Counts of the unit, for the filters.
    public var tally: TallyView?
    /// The unit as people say it.
    public var unitLabel = ""
    /// The next page is being read.
    public var reading = false
    /// Why something was not done.
    public var trouble: Trouble?

    /// Whether more rows follow.
    public var more: Bool { UInt64(rows.count) < total }
}

/// All snags of a unit, or of the device: read by the page, so that 20,000 of them scroll.
@MainActor
@Observable
public final class SnagListModel: Screen {
    /// What the screen shows.
    public private(set) var state = SnagListState()
    /// The unit; none for all.
    public let unit: Id?

    private let field: Field
    private let pageRows: UInt64
    @ObservationIgnored private var asked = 0

    /// For a unit or for all.
    public init(_ field: Field, unit: Id?, pageRows: UInt64 = 50) {
        self.field = field
        self.unit = unit
        self.pageRows = pageRows
    }

    /// Reads the first page anew; the place in the list is kept by as many rows as were read.
    public func load() async {
        let wanted = max(pageRows, UInt64(state.rows.count))
        let unit = unit
        do {
            if let unit {
                let view = try await field.look { try $0.unit(unit: unit) }
                state.tally = view.tally
                state.unitLabel = view.label
            }
            try await read(from: 0, rows: wanted)
        } catch {
            state.trouble = error
        }
    }

    /// Shows one state only, or all.
    public func show(_ phase: Phase?) async {
        state.phase = phase
        state.rows = []
        await load()
    }

    /// The row is on the screen: near the end the next page is read.
    public func appeared(_ row: SnagView) async {
        guard state.more, !state.reading, state.rows.suffix(Int(pageRows) / 2).contains(where: { $0.id == row.id }) else { return }
        do {
            try await read(from: UInt64(state.rows.count), rows: pageRows)
        } catch {
            state.trouble = error
        }
    }

    /// The trouble was read.
    public func dismiss() {
        state.trouble = nil
    }

    private func read(from: UInt64, rows: UInt64) async throws(Trouble) {
        asked += 1
        let (unit, phase, mine) = (unit, state.phase, asked)
        state.reading = true
        defer { if mine == asked { state.reading = false } }
        let page = try await field.look { try $0.snags(unit: unit, phase: phase, offset: from, limit: rows) }
        // The filter may have changed meanwhile.
        guard mine == asked else { return }
        if from == 0 {
            state.rows = page.rows
        } else {
            // A record that came in between must not stand twice.
            let known = Set(state.rows.map(\.id))
            state.rows += page.rows.filter { !known.contains($0.id) }
        }
        state.total = page.total
    }
}
