import Foundation
import Observation

/// What to do now.
public struct TodayState: ScreenState {
    /// Jobs of one urgency.
    public struct Group: Equatable, Sendable, Identifiable {
        /// How urgent they are.
        public let urgency: Urgency
        /// The jobs, as the core orders them.
        public let jobs: [JobView]
        /// The urgency names the group.
        public var id: Urgency { urgency }
    }

    /// Groups, the most urgent first; empty ones are left out.
    public var groups: [Group] = []
    /// It was read.
    public var read = false
    /// Units found by what was typed.
    public var found: [UnitRow] = []
    /// What was typed to find a unit.
    public var wanted = ""
    /// Why something was not done.
    public var trouble: Trouble?

    /// The job to go on with: one that has begun, else the most urgent.
    public var next: JobView? {
        (groups.first { $0.urgency == .now } ?? groups.first)?.jobs.first
    }

    /// How many jobs there are.
    public var count: Int {
        groups.reduce(0) { $0 + $1.jobs.count }
    }
}

/// Today: jobs by time and urgency, each with what is missing.
@MainActor
@Observable
public final class TodayModel: Screen {
    /// What the screen shows.
    public private(set) var state = TodayState()

    private let field: Field

    /// For the store of this device.
    public init(_ field: Field) {
        self.field = field
    }

    /// Reads the jobs; their order and urgency are the core's.
    public func load() async {
        do {
            let jobs = try await field.look { try $0.today() }
            let order: [Urgency] = [.overdue, .now, .today, .later, .open]
            state.groups = order.compactMap { urgency -> TodayState.Group? in
                let group = jobs.filter { $0.urgency == urgency }
                return group.isEmpty ? nil : TodayState.Group(urgency: urgency, jobs: group)
            }
            state.read = true
        } catch {
            state.trouble = error
        }
    }

    /// Looks for a unit by its door: every unit of this device, a page at a time.
    public func find(_ text: String) async {
        state.wanted = text
        do {
            let found = try await field.look { store -> [UnitRow] in
                var rows: [UnitRow] = []
                var offset: UInt64 = 0
                while true {
                    let page = try store.units(offset: offset, limit: 200)
                    rows += page.rows.filter { text.isEmpty || $0.label.localizedCaseInsensitiveContains(text) }
                    offset += UInt64(page.rows.count)
                    if page.rows.isEmpty || offset >= page.total || rows.count >= 50 { return rows }
                }
            }
            // An older search is not shown.
            if state.wanted == text { state.found = found }
        } catch {
            state.trouble = error
        }
    }

    /// The trouble was read.
    public func dismiss() {
        state.trouble = nil
    }
}
