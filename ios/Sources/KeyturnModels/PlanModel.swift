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
    }

    /// The plan moved; the cross is at a place of it, as fractions.
    public func move(x: Double, y: Double) {
        let ppm = { (value: Double) in UInt32((min(max(value, 0), 1) * 1_000_000).rounded()) }
        state.cross?.x = ppm(x)
        state.cross?.y = ppm(y)
    }

    /// Here.
    public func keep() async {
        guard let cross = state.cross, let snag = state.selected else { return }
        do {
            try await field.change { try $0.snagPin(snag: snag, pin: cross.pin) }
            state.cross = nil
            await load()
        } catch {
            state.trouble = error
        }
    }

    /// Not after all.
    public func leave() {
        state.cross = nil
    }

    /// The trouble was read.
    public func dismiss() {
        state.trouble = nil
    }
}
