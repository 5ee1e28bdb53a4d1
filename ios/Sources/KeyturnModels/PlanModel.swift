import Foundation
import Observation

/// The plan of a unit with its snags.
public struct PlanState: ScreenState {
    /// The unit; none before it was read.
    public var unit: UnitView?
    /// Snags with a place on this plan, by room and number.
    public var pinned: [SnagView] = []
    /// Snags without one.
    public var unplaced: [SnagView] = []
    /// The one selected.
    public var selected: Id?
    /// The room under the cross, or the one beside whose wall it is; none where the plan knows no room.
    public var crossRoom: RoomView?
    /// The cross while a place is being set, in millionths of the plan.
    public var cross: SnagState.Place?
    /// Why something was not done.
    public var trouble: Trouble?

    /// The snag selected.
    public var snag: SnagView? {
        (pinned + unplaced).first { $0.id == selected }
    }
}

/// Snags on the plan: see them, set their place.
@MainActor
@Observable
public final class PlanModel: Screen {
    /// What the screen shows.
    public private(set) var state = PlanState()
    /// The unit.
    public let unit: Id

    private let field: Field
    @ObservationIgnored private let inOrder = InOrder()

    /// For a unit.
    public init(_ field: Field, unit: Id) {
        self.field = field
        self.unit = unit
    }

    /// Reads plan and snags.
    public func load() async {
        let unit = unit
        do {
            let (view, snags) = try await field.look {
                (try $0.unit(unit: unit), try $0.snags(unit: unit, phase: nil, offset: 0, limit: UInt64(UInt32.max)).rows)
            }
            let order = view.rooms.map(\.key)
            let place = { (snag: SnagView) in (order.firstIndex(of: snag.room) ?? order.count, snag.number) }
            state.unit = view
            state.pinned = snags.filter { $0.pin?.plan == view.plan && view.plan != nil }.sorted { place($0) < place($1) }
            state.unplaced = snags.filter { $0.pin == nil }
        } catch {
            state.trouble = error
        }
    }

    /// Selects a snag.
    public func select(_ snag: Id?) {
        state.selected = snag
    }

    /// Begins to set the place of the selected snag: the cross stays, the plan moves under it.
    public func place() {
        guard let plan = state.unit?.plan else { return }
        let pin = state.snag?.pin
        state.cross = SnagState.Place(plan: plan, x: pin?.xPpm ?? 500_000, y: pin?.yPpm ?? 500_000)
        name()
    }

    /// The plan moved; the cross is at a place of it, as fractions.
    public func move(x: Double, y: Double) {
        let ppm = { (value: Double) in UInt32((min(max(value, 0), 1) * 1_000_000).rounded()) }
        state.cross?.x = ppm(x)
        state.cross?.y = ppm(y)
        name()
    }

    /// When the room under the cross is known.
    public func settled() async {
        await inOrder.settled()
    }

    /// Says which room the cross is in.
    private func name() {
        guard let cross = state.cross else { return }
        inOrder.run { [self] in
            do {
                let room = try await field.look { try $0.roomAt(pin: cross.pin) }
                // The cross has moved on.
                guard state.cross == cross else { return }
                state.crossRoom = state.unit?.rooms.first { $0.key == room }
            } catch {
                state.trouble = Trouble(error)
            }
        }
    }

    /// Here. The snag's room is the one under the cross: a pin that is moved into another room takes the snag along.
    public func keep() async {
        await inOrder.settled()
        guard let cross = state.cross, let snag = state.snag else { return }
        let room = state.crossRoom?.key
        do {
            if let room, room != snag.room {
                _ = try await field.change { try $0.snagEdit(snag: snag.id, edit: SnagEdit(room: room)) }
            }
            try await field.change { try $0.snagPin(snag: snag.id, pin: cross.pin) }
            state.cross = nil
            state.crossRoom = nil
            await load()
        } catch {
            state.trouble = error
        }
    }

    /// Not after all.
    public func leave() {
        state.cross = nil
        state.crossRoom = nil
    }

    /// The trouble was read.
    public func dismiss() {
        state.trouble = nil
    }
}
