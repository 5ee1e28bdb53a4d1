import Foundation
import Observation

/// A unit: its rooms, how far each is, and where to go on.
public struct UnitState: ScreenState {
    /// A room with a tick for each of its lines.
    public struct Room: Equatable, Sendable, Identifiable {
        /// The room.
        public let view: RoomView
        /// Each line: `nil` open, `true` fine, `false` not fine.
        public let ticks: [Bool?]
        /// The room's key.
        public var id: String { view.key }
        /// Every line is answered.
        public var done: Bool { view.answered == view.lines }
    }

    /// The unit; none before it was read.
    public var unit: UnitView?
    /// Its handover, where one is planned.
    public var handover: HandoverView?
    /// Its rooms in order.
    public var rooms: [Room] = []
    /// Why something was not done.
    public var trouble: Trouble?

    /// The first room with open lines: where the main action leads. None: the record can be shown to the owner.
    public var next: Room? {
        rooms.first { !$0.done && $0.view.answered > 0 } ?? rooms.first { !$0.done }
    }

    /// Lines answered, of all.
    public var answered: (done: Int, all: Int) {
        (rooms.reduce(0) { $0 + Int($1.view.answered) }, rooms.reduce(0) { $0 + Int($1.view.lines) })
    }
}

/// Walk the unit: its first page.
@MainActor
@Observable
public final class UnitModel: Screen {
    /// What the screen shows.
    public private(set) var state = UnitState()
    /// The unit.
    public let unit: Id

    private let field: Field

    /// For one unit.
    public init(_ field: Field, unit: Id) {
        self.field = field
        self.unit = unit
    }

    /// Reads the unit.
    public func load() async {
        let unit = unit
        do {
            let (view, handover, lines) = try await field.look { store in
                let view = try store.unit(unit: unit)
                let handover = view.handover == .planned ? nil : try store.handover(unit: unit)
                return (view, handover, try store.lines(unit: unit, room: nil))
            }
            let byRoom = Dictionary(grouping: lines, by: \.room)
            state.unit = view
            state.handover = handover
            state.rooms = view.rooms.map { room in
                UnitState.Room(view: room, ticks: (byRoom[room.key] ?? []).map(\.tick))
            }
            state.trouble = nil
        } catch {
            state.trouble = error
        }
    }

    /// The walk-through begins; the core says what is missing before it may.
    public func start() async {
        let unit = unit
        do {
            try await field.change { try $0.start(unit: unit) }
            await load()
        } catch {
            state.trouble = error
        }
    }

    /// The trouble was read.
    public func dismiss() {
        state.trouble = nil
    }
}

extension LineView {
    /// What the ruler shows of this line: open, fine or not.
    public var tick: Bool? {
        open ? nil : answer != .notFine
    }
}
