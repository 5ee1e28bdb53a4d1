import Foundation
import KeyturnModels
import KeyturnTestKit

/// A hub with its register, and devices at it.
@MainActor
final class World {
    let scratch: Scratch
    let hub: Hub
    let words = Lexicon(.en)

    init() throws {
        scratch = try Scratch()
        hub = try Hub(scratch.url)
        try hub.importSample()
    }

    /// A device of an inspector, with the register on it.
    func inspector(_ name: String, _ surroundings: Surroundings = Surroundings()) async throws -> (Field, Device, Id) {
        let device = try Device(scratch, name)
        let field = try await device.joined(try hub.invite(name, role: "inspector"), surroundings)
        try await syncWhole(field)
        return (field, device, try await field.look { try $0.findUnit(words: "2-1-1102") })
    }

    /// A snag at the living room's wall.
    func record(_ field: Field, _ unit: Id, _ finding: String, _ photos: [URL] = []) async throws -> SnagView {
        let new = NewSnag(unit: unit, room: "living", element: "wall", defect: "crack", finding: finding, photos: photos.map(\.path))
        return try await field.change { try $0.snagNew(new: new) }
    }
}

extension World {
    /// A walk that the office has appointed and the inspector has begun, with an owner who takes part.
    func walk(_ name: String) async throws -> (Field, Device, Id) {
        let (field, device, unit) = try await inspector(name)
        try Office(hub, scratch).appoint("2-1-1102")
        try await syncWhole(field)
        let papers = PapersModel(field, unit: unit)
        await papers.load()
        for item in papers.state.handover?.precheck ?? [] { await papers.tick(precheck: item.kind, done: true) }
        let model = UnitModel(field, unit: unit)
        await model.load()
        await model.start()
        if let trouble = model.state.trouble { throw trouble }
        for person in papers.state.toJoin {
            await papers.join(person: person.id, role: "owner", identityCheck: papers.state.identityDocuments.first?.id)
        }
        if let trouble = papers.state.trouble { throw trouble }
        return (field, device, unit)
    }

    /// Waits until something holds that happens by itself; a hang ends the test by its limit.
    func until(_ holds: () async throws -> Bool) async throws {
        while try await !holds() { try await Task.sleep(for: .milliseconds(50)) }
    }
}

/// A network that a test switches.
final class Wire: NetworkState, @unchecked Sendable {
    private let lock = NSLock()
    private var now: KeyturnCore.Network

    init(_ now: KeyturnCore.Network) {
        self.now = now
    }

    func become(_ network: KeyturnCore.Network) { lock.withLock { now = network } }
    func current() throws -> KeyturnCore.Network { lock.withLock { now } }
}

/// A disk that a test fills.
final class Disk: FreeSpace, @unchecked Sendable {
    private let lock = NSLock()
    private var free: UInt64 = 1 << 40

    func fill() { lock.withLock { free = 0 } }
    func freeBytes(folder: String) throws -> UInt64 { lock.withLock { free } }
}

/// A clock that a person sets.
final class SetClock: DeviceClock, @unchecked Sendable {
    private let lock = NSLock()
    private var offMs: Int64 = 0
    private let begun = ContinuousClock.now

    func set(offMs: Int64) { lock.withLock { self.offMs = offMs } }
    func wall() throws -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) + lock.withLock { offMs } }
    func monoMs() throws -> UInt64 {
        let (seconds, atto) = (ContinuousClock.now - begun).components
        return UInt64(seconds) * 1000 + UInt64(atto / 1_000_000_000_000_000) + 1
    }
    func bootId() throws -> UInt64 { 7 }
}
