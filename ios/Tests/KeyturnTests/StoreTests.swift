import Keyturn
import KeyturnTestKit
import XCTest

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// What crosses between Swift and the core: errors, callbacks, life of objects, tasks. Real core, real hub.
final class StoreTests: XCTestCase {
    override func invokeTest() {
        TimeLimit.hold(name) { super.invokeTest() }
    }

    /// The kind of trouble that something ends in; fails when it does not.
    private func kind(_ what: String, _ work: () async throws -> Void, line: UInt = #line) async -> ErrorKind? {
        do {
            try await work()
            XCTFail("\(what) was not refused", line: line)
            return nil
        } catch {
            let trouble = Trouble(error)
            XCTAssertFalse(trouble.words.zh.isEmpty, "\(what): no Chinese words", line: line)
            XCTAssertFalse(trouble.words.en.isEmpty, "\(what): no English words", line: line)
            XCTAssertNotEqual(trouble.words.en, trouble.key, "\(what): the key stands for the words", line: line)
            return trouble.kind
        }
    }

    /// A hub with the register, and where the tests of one case lie.
    private func world() throws -> (Scratch, Hub) {
        let scratch = try Scratch()
        let hub = try Hub(scratch.url)
        try hub.importSample()
        return (scratch, hub)
    }

    func testKindsOfTheStoreCross() async throws {
        let scratch = try Scratch()
        let device = try Device(scratch, "device")
        let field = try await device.open()
        let folder = device.folder
        var seen: [ErrorKind?] = []
        seen.append(await kind("a name that is none") { _ = try await field.look { try $0.unit(unit: "no id") } })
        seen.append(await kind("a unit that is not here") { _ = try await field.look { try $0.unit(unit: Self.nobody) } })
        seen.append(await kind("a device that has not joined") { _ = try await field.look { try $0.device() } })
        seen.append(await kind("a folder twice open") { _ = try await Field.open(folder) })
        await field.shut()
        seen.append(await kind("a shut store") { _ = try await field.look { try $0.isEnrolled() } })
        XCTAssertEqual(seen, [.input, .notFound, .notEnrolled, .busy, .closed])
    }

    func testAStoreThatCannotBeReadIsSetAsideAndNothingIsDeleted() async throws {
        let scratch = try Scratch()
        let device = try Device(scratch, "device")
        let field = try await device.open()
        await field.shut()
        let database = device.folder.appendingPathComponent("keyturn.db")
        try Data(repeating: 0x5A, count: 40_000).write(to: database)
        let folder = device.folder
        let found = await kind("a damaged store") { _ = try await Field.open(folder) }
        XCTAssertEqual(found, .damaged)
        let aside = try setStoreAside(dir: folder.path)
        let kept = try Data(contentsOf: URL(fileURLWithPath: aside).appendingPathComponent("keyturn.db"))
        XCTAssertEqual(kept.count, 40_000)
        _ = try await device.open()
    }

    func testAFolderThatIsAFileIsTold() async throws {
        let scratch = try Scratch()
        let file = scratch("file")
        try Data("x".utf8).write(to: file)
        let found = await kind("a file in place of the folder") { _ = try await Field.open(file) }
        XCTAssertEqual(found, .storage)
    }

    func testKindsOfTheHubCross() async throws {
        let (scratch, hub) = try world()
        let invite = try hub.invite("林涛", role: "inspector")
        let other = try Device(scratch, "other")
        let wrong = invite.replacingOccurrences(of: hub.fingerprint, with: String(repeating: "ab", count: 32))
        let wrongHub = await kind("a hub with another key") { _ = try await other.joined(wrong) }
        XCTAssertEqual(wrongHub, .wrongHub)

        let second = try hub.invite("周宁", role: "inspector")
        let device = try Device(scratch, "device")
        let field = try await device.joined(second)
        let third = try Device(scratch, "third")
        let used = await kind("a used code") { _ = try await third.joined(second) }
        XCTAssertEqual(used, .hubSaidNo)

        let unit = try await joinedUnit(field)
        let refused = await kind("a walk that nobody appointed") { try await field.change { try $0.start(unit: unit) } }
        XCTAssertEqual(refused, .refused)

        let text = scratch("note.txt")
        try Data("no photo".utf8).write(to: text)
        let photo = await kind("a text as a photo") { _ = try await field.change { try $0.snagNew(new: Self.snag(unit, [text])) } }
        XCTAssertEqual(photo, .photo)

        let id = try await field.look { try $0.device().device }
        try hub.revoke(id)
        let revoked = await kind("a revoked device") { try await syncWhole(field, SyncOptions(tries: 0)) }
        XCTAssertEqual(revoked, .revoked)

        hub.stop()
        let network = await kind("no hub") { try await syncWhole(field, SyncOptions(tries: 0)) }
        XCTAssertEqual(network, .network)
    }

    func testAFullDiskAndAKeyThatDoesNotSignAreTold() async throws {
        let (scratch, hub) = try world()
        let photo = try photographs(1, in: scratch("photos"))
        let full = try Device(scratch, "full")
        let space = Space()
        let field = try await full.joined(try hub.invite("林涛", role: "inspector"), Surroundings(space: space))
        let unit = try await joinedUnit(field)
        space.fill()
        let disk = await kind("a full disk") { _ = try await field.change { try $0.snagNew(new: Self.snag(unit, photo)) } }
        XCTAssertEqual(disk, .diskFull)
        let count = try await field.look { try $0.snags(unit: unit, phase: nil, offset: 0, limit: 1).total }
        XCTAssertEqual(count, 0, "a half snag was left")
        // Words alone still go.
        _ = try await field.change { try $0.snagNew(new: Self.snag(unit, [])) }

        let locked = try Device(scratch, "locked")
        let key = await kind("a key store that throws") { _ = try await locked.open(Surroundings(key: BrokenKey())) }
        XCTAssertEqual(key, .key)
    }

    func testACallbackThatThrowsDoesNoHarm() async throws {
        let (scratch, hub) = try world()
        let device = try Device(scratch, "device")
        let broken = Broken()
        let surroundings = Surroundings(network: broken, space: broken, clock: broken)
        let field = try await device.joined(try hub.invite("林涛", role: "inspector"), surroundings)
        let unit = try await joinedUnit(field)
        let photo = try photographs(1, in: scratch("photos"))
        _ = try await field.change { try $0.snagNew(new: Self.snag(unit, photo)) }
        // The observer throws at every step; the sync goes on to its end.
        let task = try await field.look { try $0.sync(options: SyncOptions(originalsNow: true), observer: broken) }
        let done = try await task.ended()
        XCTAssertEqual(done.photos, 1)
        XCTAssertGreaterThan(broken.asked, 3, "the shell was not asked at all")
    }

    func testAStoreIsDroppedOnAPlainThreadWhileItSyncs() async throws {
        let (scratch, hub) = try world()
        let photo = try photographs(6, in: scratch("photos"))
        let device = try Device(scratch, "device")
        var field: Field? = try await device.joined(try hub.invite("林涛", role: "inspector"))
        let unit = try await joinedUnit(try XCTUnwrap(field))
        _ = try await field?.change { try $0.snagNew(new: Self.snag(unit, photo)) }
        await field?.shut()
        field = nil
        for _ in 0..<5 {
            let folder = device.folder.path
            try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
                Thread {
                    do {
                        let store = try FieldStore.open(dir: folder, surroundings: Surroundings())
                        _ = try store.sync(options: SyncOptions(originalsNow: true), observer: nil)
                        // Goes out of scope here, on a thread of no runtime.
                        done.resume()
                    } catch {
                        done.resume(throwing: error)
                    }
                }.start()
            }
        }
        let again = try await device.open()
        try await syncWhole(again, SyncOptions(originalsNow: true))
        try await allOnHub(again, hub, 6)
    }

    func testFiftyTasksAtOnce() async throws {
        let (scratch, hub) = try world()
        let device = try Device(scratch, "device")
        let field = try await device.joined(try hub.invite("林涛", role: "inspector"))
        let unit = try await joinedUnit(field)
        let numbers = try await withThrowingTaskGroup(of: Int64.self, returning: Set<Int64>.self) { group in
            for number in 0..<50 {
                group.addTask {
                    try await field.change { try $0.setDraft(name: "task:\(number)", value: Data("\(number)".utf8)) }
                    _ = try await field.look { try $0.lines(unit: unit, room: nil) }
                    let snag = try await field.change { try $0.snagNew(new: Self.snag(unit, [], "\(number)")) }
                    _ = try await field.look { try $0.status() }
                    return snag.number
                }
            }
            return try await group.reduce(into: Set<Int64>()) { $0.insert($1) }
        }
        XCTAssertEqual(numbers, Set(1...50), "a number was given twice or left out")
        let drafts = try await field.look { try $0.drafts(prefix: "task:") }
        XCTAssertEqual(drafts.count, 50)
        let all = try await field.look { try $0.snags(unit: unit, phase: nil, offset: 0, limit: 100) }
        XCTAssertEqual(Set(all.rows.map(\.finding)), Set((0..<50).map(String.init)))
    }

    func testCancellingLosesNothing() async throws {
        let (scratch, hub) = try world()
        let photo = try photographs(12, in: scratch("photos"), width: 3000, height: 2250)
        let device = try Device(scratch, "device")
        let field = try await device.joined(try hub.invite("林涛", role: "inspector"))
        let unit = try await joinedUnit(field)
        for file in photo { _ = try await field.change { try $0.snagNew(new: Self.snag(unit, [file])) } }
        // Whoever reads the stream is cancelled at its first step: that ends the sync itself.
        let reader = Task {
            for try await event in field.sync(SyncOptions(originalsNow: true)) {
                if case .step = event { break }
            }
        }
        try await reader.value
        let begun = ContinuousClock.now
        while try await field.look({ try $0.status().running }) { try await Task.sleep(for: .milliseconds(10)) }
        print("a cancelled sync ended within \(ContinuousClock.now - begun)")
        let status = try await field.look { try $0.status() }
        XCTAssertGreaterThan(status.unsentPhotos, 0, "the sync was done before it could be cancelled")
        try await syncWhole(field, SyncOptions(originalsNow: true))
        try await allOnHub(field, hub, 12)
    }

    func testAnOriginalIsHandedOverAndCountsAsSafeOnlyAfterTheNextSync() async throws {
        let (scratch, hub) = try world()
        let photo = try photographs(2, in: scratch("photos"))
        let device = try Device(scratch, "device")
        let field = try await device.joined(try hub.invite("林涛", role: "inspector"), Surroundings(network: Metered()))
        let unit = try await joinedUnit(field)
        _ = try await field.change { try $0.snagNew(new: Self.snag(unit, photo)) }
        let early = try await field.look { try $0.handOver(most: 10) }
        XCTAssertTrue(early.files.isEmpty, "an original went before the record that names it")
        // On a metered network records and small pictures go, originals wait.
        try await syncWhole(field)
        let made = try await field.look { try $0.handOver(most: 10) }
        XCTAssertEqual(made.files.count, 2)
        let first = try XCTUnwrap(made.files.first)
        // What the system's session does on a phone: half of it, then the rest from where the hub stands.
        let whole = try Data(contentsOf: URL(fileURLWithPath: first.path))
        try await patch(first, whole.prefix(whole.count / 2))
        let later = try await field.look { try $0.handOver(most: 10) }
        let rest = try XCTUnwrap(later.files.first { $0.photo == first.photo })
        XCTAssertEqual(rest.offset, UInt64(whole.count / 2))
        try await patch(rest, whole.dropFirst(Int(rest.offset)))
        let waiting = try await field.look { try $0.status().unsentPhotos }
        XCTAssertEqual(waiting, 2, "safe before the hub's receipt")
        let done = try await syncWhole(field, SyncOptions(originalsNow: true))
        XCTAssertEqual(done.photos, 2)
        try await allOnHub(field, hub, 2)
    }

    #if os(Linux)
        func testAThousandOpeningsLeakNeitherFilesNorMemory() async throws {
            let scratch = try Scratch()
            let device = try Device(scratch, "device")
            func cycle() async throws {
                let field = try await device.open()
                _ = try await field.look { try $0.units(offset: 0, limit: 10) }
                await field.shut()
            }
            for _ in 0..<100 { try await cycle() }
            let before = (files: try openFiles(), pages: try residentPages())
            for _ in 0..<1000 { try await cycle() }
            let after = (files: try openFiles(), pages: try residentPages())
            XCTAssertLessThanOrEqual(after.files, before.files + 2, "open files")
            let grown = (after.pages - before.pages) * 4096
            XCTAssertLessThan(grown, 16_000_000, "memory grew by \(grown) bytes")
        }

        private func openFiles() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
        }

        private func residentPages() throws -> Int {
            let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
            return try XCTUnwrap(Int(fields[1]))
        }
    #endif

    private static let nobody = "00000000-0000-7000-8000-000000000000"

    private static func snag(_ unit: Id, _ photos: [URL], _ finding: String = "test") -> NewSnag {
        NewSnag(unit: unit, room: "living", element: "wall", defect: "crack", finding: finding, photos: photos.map(\.path))
    }

    private func joinedUnit(_ field: Field) async throws -> Id {
        try await syncWhole(field)
        return try await field.look { try $0.findUnit(words: "2-1-1102") }
    }

    private func allOnHub(_ field: Field, _ hub: Hub, _ count: Int) async throws {
        let all = try await field.look { try $0.photoStates(unsent: false, offset: 0, limit: 1000) }.rows
        XCTAssertEqual(all.count, count)
        for photo in all {
            XCTAssertEqual(photo.state, .safe)
            XCTAssertEqual(try hub.files(named: photo.photo), [photo.bytes], "not on the hub once and whole")
        }
    }

    private func patch(_ file: HandoffView, _ body: Data) async throws {
        var request = URLRequest(url: try XCTUnwrap(URL(string: file.url)))
        request.httpMethod = "PATCH"
        request.httpBody = Data(body)
        for (name, value) in file.headers { request.setValue(value, forHTTPHeaderField: name) }
        let (_, answer) = try await URLSession.shared.data(for: request)
        let status = (answer as? HTTPURLResponse)?.statusCode ?? 0
        XCTAssertTrue((200..<300).contains(status), "the hub answered \(status)")
    }
}

/// A phone whose space can run out.
private final class Space: FreeSpace, @unchecked Sendable {
    private let lock = NSLock()
    private var free: UInt64 = 10_000_000_000

    func fill() { lock.withLock { free = 0 } }
    func freeBytes(folder: String) throws -> UInt64 { lock.withLock { free } }
}

/// A phone that pays by the byte.
private final class Metered: NetworkState {
    func current() throws -> KeyturnCore.Network { .metered }
}

/// A key store that is locked for good.
private final class BrokenKey: DeviceKey {
    func publicKey() throws -> Data { throw CallbackError.Failed(reason: "locked") }
    func sign(message: Data) throws -> Data { throw CallbackError.Failed(reason: "locked") }
    func place() throws -> KeyPlace { throw CallbackError.Failed(reason: "locked") }
}

/// A shell of which nothing works.
private final class Broken: NetworkState, FreeSpace, DeviceClock, SyncObserver, @unchecked Sendable {
    private struct Unexpected: Error {}
    private let lock = NSLock()
    private var count = 0

    var asked: Int { lock.withLock { count } }

    /// Every second time with an error that the interface does not know.
    private func fail() throws -> Never {
        let now = lock.withLock {
            count += 1
            return count
        }
        if now.isMultiple(of: 2) { throw Unexpected() }
        throw CallbackError.Failed(reason: "broken")
    }

    func current() throws -> KeyturnCore.Network { try fail() }
    func freeBytes(folder: String) throws -> UInt64 { try fail() }
    func wall() throws -> Int64 { try fail() }
    func monoMs() throws -> UInt64 { try fail() }
    func bootId() throws -> UInt64 { try fail() }
    func step(step: SyncStep) throws { try fail() }
}
