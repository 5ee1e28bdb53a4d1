import KeyturnModels
import KeyturnTestKit
import XCTest

/// The journeys of `tests/journeys/`, which Android is held to as well: view models over the real core, with a real hub.
final class JourneyTests: XCTestCase {
    override func invokeTest() {
        TimeLimit.hold(name) { super.invokeTest() }
    }

    func testEveryJourney() async throws {
        for journey in try Journey.all() {
            let walk = try await Walk(journey)
            for (place, step) in journey.steps.enumerated() {
                do {
                    try await walk.take(step)
                } catch {
                    XCTFail("\(journey.name), step \(place + 1) (\(step.step)): \(error)")
                    return
                }
            }
        }
    }
}

/// One journey under way: what a person's device shows.
@MainActor
private final class Walk {
    let hub: Hub
    private let journey: Journey
    private let scratch: Scratch
    private let device: Device
    private let photos: [URL]
    private var used = 0
    private var field: Field?
    private var unit: Id = ""
    private var owner: OwnerModel?
    private var snag: SnagModel?
    private var strokes = 0

    init(_ journey: Journey) throws {
        self.journey = journey
        scratch = try Scratch()
        hub = try Hub(scratch.url)
        try hub.importSample()
        device = try Device(scratch, "device")
        let needed = journey.steps.compactMap { $0.step == "type-snag" ? $0.photos : nil }.reduce(0, +)
        photos = needed == 0 ? [] : try photographs(needed, in: scratch("photos"))
    }

    private func require<T>(_ value: T?, _ what: String) throws -> T {
        guard let value else { throw KitError.missing(what) }
        return value
    }

    private func check(_ holds: Bool, _ what: @autoclosure () -> String) throws {
        if !holds { throw KitError.wrong(what()) }
    }

    /// What a screen could not do fails the step.
    private func none(_ trouble: Trouble?) throws {
        if let trouble { throw trouble }
    }

    func take(_ step: Journey.Step) async throws {
        switch step.step {
        case "enrol": try await enrol()
        case "open": try await open()
        case "start": try await start()
        case "answer": try await answer(step)
        case "measure": try await measure(step)
        case "rest-fine": try await restFine(step)
        case "found": try await found(step)
        case "type-snag": try await typeSnag(step)
        case "draft-snag": try await draftSnag(step)
        case "save-snag": try await saveSnag(step)
        case "kill": try await kill()
        case "owner": try await handOver(step)
        case "stroke": try await stroke(step)
        case "sign": try await sign()
        case "unsent": try await unsent(step)
        case "sync": try await sync()
        case "on-hub": try await onHub(step)
        default: throw KitError.wrong("no such step")
        }
    }

    private func store() throws -> Field {
        try require(field, "the store is not open")
    }

    private func enrol() async throws {
        let person = try require(journey.people.first, "nobody joins")
        let invite = try hub.invite(person.name, role: person.role, scope: person.scope)
        let opened = try await device.open()
        field = opened
        let start = StartModel(opened, lang: .zh, deviceName: "test", platform: "test")
        await start.load()
        start.choose(.en)
        start.read("https://example.com/some-page")
        try check(start.state.invite?.kind == .webPage, "a page's address is told as what it is")
        start.read(invite)
        let shown = try require(start.state.invite, "the code is not read")
        try check(shown.kind == .invite, "the code is not known as an invite")
        try check(shown.hubUrl == hub.url, "another hub: \(shown.hubUrl ?? "")")
        try check(shown.fingerprint == hub.fingerprint, "another fingerprint")
        start.go(to: .notice)
        await start.settled()
        // A kill before the last tap: the code is still there.
        let again = StartModel(opened, lang: .zh, deviceName: "test", platform: "test")
        await again.load()
        try check(again.state.step == .notice && again.state.lang == .en && again.state.invite == shown, "what was typed is gone")
        await again.join()
        try none(again.state.trouble)
        try check(again.state.device?.role == person.role, "another role")
        try await sync()
    }

    private func open() async throws {
        let door = journey.unit
        unit = try await store().look { try $0.findUnit(words: door) }
        let model = UnitModel(try store(), unit: unit)
        await model.load()
        try none(model.state.trouble)
        try check(!model.state.rooms.isEmpty, "no rooms")
    }

    private func start() async throws {
        try Office(hub, scratch).appoint(journey.unit)
        try await sync()
        let today = TodayModel(try store())
        await today.load()
        try none(today.state.trouble)
        try check(
            today.state.groups.contains { $0.jobs.contains { $0.unit == unit && $0.kind == .handover } },
            "Today does not show the handover"
        )
        let papers = PapersModel(try store(), unit: unit)
        await papers.load()
        try none(papers.state.trouble)
        for item in papers.state.handover?.precheck ?? [] {
            await papers.tick(precheck: item.kind, done: true)
            try none(papers.state.trouble)
        }
        let model = UnitModel(try store(), unit: unit)
        await model.load()
        await model.start()
        try none(model.state.trouble)
        try check(model.state.unit?.handover == .started, "the walk has not begun")
    }

    private func list(_ room: String) async throws -> ChecklistModel {
        let model = ChecklistModel(try store(), unit: unit, room: room)
        await model.load()
        try none(model.state.trouble)
        return model
    }

    private func line(_ model: ChecklistModel, _ key: String) throws -> LineView {
        try require(model.state.lines.first { $0.key == key }, "no line \(key)")
    }

    private func room(of line: String) -> String {
        String(line.prefix { $0 != "/" })
    }

    private func answer(_ step: Journey.Step) async throws {
        let key = try require(step.line, "line")
        let model = try await list(room(of: key))
        let answers: [String: Answer] = ["fine": .fine, "not-fine": .notFine, "na": .notApplicable]
        let answer = try require(step.answer.flatMap { answers[$0] }, "answer")
        await model.answer(try line(model, key), answer, reason: step.reason)
        try none(model.state.trouble)
        let shown = try line(model, key)
        try check(shown.answer == answer && shown.reason == step.reason && !shown.open, "the line does not show its answer")
    }

    private func measure(_ step: Journey.Step) async throws {
        let key = try require(step.line, "line")
        let model = try await list(room(of: key))
        await model.measure(try line(model, key))
        let before = model.state.measuring?.points.count ?? 0
        var verdict: VerdictView?
        for point in step.points ?? [] {
            for digit in point { model.type(digit) }
            await model.settled()
            try check(model.state.measuring?.verdict != nil, "no verdict while typing")
            await model.point()
            try none(model.state.trouble)
            verdict = model.state.measuring?.verdict
        }
        let outcomes: [String: VerdictOutcome] = ["pass": .pass, "fail": .fail, "incomplete": .incomplete]
        let wanted = try require(step.verdict.flatMap { outcomes[$0] }, "verdict")
        if wanted == .incomplete {
            try check(verdict?.outcome == .incomplete, "verdict \(String(describing: verdict?.outcome))")
            try check(model.state.measuring?.points.count == before + (step.points ?? []).count, "points are missing")
        } else {
            if model.state.needsCause?.key == key {
                try check(verdict?.outcome == wanted, "verdict \(String(describing: verdict?.outcome))")
                // A point outside asks for its cause, also where the line holds.
                await model.cause(reason: step.reason ?? "墙角一点")
                try none(model.state.trouble)
            }
            let shown = try line(model, key)
            try check(shown.verdict?.outcome == wanted, "verdict \(String(describing: shown.verdict))")
            try check(shown.pointsMilli.count == before + (step.points ?? []).count, "points are missing")
        }
    }

    private func found(_ step: Journey.Step) async throws {
        let key = try require(step.line, "line")
        let value = try require(step.value, "value")
        let model = try await list(room(of: key))
        await model.found(try line(model, key), value, .fine)
        try none(model.state.trouble)
        try check(try line(model, key).found == value, "the line does not show what was found")
    }

    private func restFine(_ step: Journey.Step) async throws {
        let model = try await list(try require(step.room, "room"))
        let rest = model.state.rest.count
        model.askRest()
        try check(model.state.confirming?.count == rest, "not all of the rest is asked")
        try check(model.state.lines.filter(\.together).isEmpty, "recorded before it was confirmed")
        await model.confirmRest()
        try none(model.state.trouble)
        try check(model.state.lines.filter(\.together).count == rest, "not recorded as answered together")
        try check(model.state.lines.filter(\.open).count == step.open, "open: \(model.state.lines.filter(\.open).count)")
    }

    private func form() async throws -> SnagModel {
        let model = SnagModel(try store(), unit: unit, lexicon: Lexicon(.zh), intake: device.intake)
        await model.load()
        try none(model.state.trouble)
        return model
    }

    private func typeSnag(_ step: Journey.Step) async throws {
        let model = try await form()
        await model.choose(room: try require(step.room, "room"))
        await model.choose(element: try require(step.element, "element"))
        let defect = try require(model.state.defects.first { $0.id == step.defect }, "no such defect type")
        await model.choose(defect: defect)
        model.choose(severity: try require(step.severity, "severity"))
        for end in (step.words ?? "").indices { model.type(finding: String((step.words ?? "")[...end])) }
        for _ in 0..<(step.photos ?? 0) {
            // The camera writes where it was told to.
            let file = await model.expectPhoto()
            try FileManager.default.copyItem(at: photos[used], to: file)
            used += 1
            model.cameraClosed()
        }
        await model.settled()
        try none(model.state.trouble)
        try check(model.state.missing == nil, "something is missing")
        snag = model
    }

    private func draftSnag(_ step: Journey.Step) async throws {
        let model = try await form()
        try check(model.state.entry.finding == step.words, "words: \(model.state.entry.finding)")
        try check(model.state.entry.photos.count == step.photos, "photos: \(model.state.entry.photos.count)")
        snag = model
    }

    private func saveSnag(_ step: Journey.Step) async throws {
        let model = try require(snag, "no form")
        await model.save()
        try none(model.state.trouble)
        try check(model.state.saved?.number == step.number, "number \(String(describing: model.state.saved?.number))")
        let left = try FileManager.default.contentsOfDirectory(atPath: device.intake.path)
        try check(left.isEmpty, "pictures were left behind: \(left)")
        snag = nil
    }

    /// Screens and store are dropped without a word, both opened anew.
    private func kill() async throws {
        let wasOwner = owner?.state.entry
        let wasUnit = owner.map { _ in unit }
        owner = nil
        snag = nil
        field = nil
        let folder = device.folder
        let root = RootModel(folder: folder) { Surroundings() }
        await root.open()
        try none(root.state.trouble)
        field = root.field
        if let wasOwner, let wasUnit, wasOwner.step != .signed {
            try check(root.state.face == .owner(wasUnit), "the device is not in the owner's hands any more")
            let model = OwnerModel(try store(), unit: wasUnit, lang: .zh)
            await model.load()
            try none(model.state.trouble)
            try check(model.state.entry == wasOwner, "what the owner did is gone")
            owner = model
        } else {
            try check(root.state.face == .home, "another face: \(root.state.face)")
        }
    }

    private func handOver(_ step: Journey.Step) async throws {
        let papers = PapersModel(try store(), unit: unit)
        await papers.load()
        for person in papers.state.toJoin {
            await papers.join(person: person.id, role: "owner", identityCheck: papers.state.identityDocuments.first?.id)
            try none(papers.state.trouble)
        }
        let model = OwnerModel(try store(), unit: unit, lang: .zh)
        await model.load()
        try none(model.state.trouble)
        owner = model
        let record = try require(model.state.record, "no record")
        if !record.snags.isEmpty {
            try check(!model.state.allSeen, "accepting is offered before anything was seen")
            model.agree()
            try check(model.state.entry.step == .reading, "accepted before anything was seen")
        }
        for item in record.snags { model.saw(item.snag) }
        for number in step.dispute ?? [] {
            let item = try require(record.snags.first { $0.number == number }, "no snag \(number)")
            model.dispute(item.snag, reason: step.reason)
        }
        if step.outcome == "refused" {
            model.refuse()
            model.type(reason: try require(step.reason, "reason"))
            model.go(to: .signing)
        } else {
            model.agree()
        }
        await model.settled()
        let outcomes: [String: SignOutcome] = ["accepted": .accepted, "in_part": .inPart, "refused": .refused]
        try check(model.state.outcome == step.outcome.flatMap { outcomes[$0] }, "outcome \(model.state.outcome)")
        try check(model.state.entry.step == .signing, "not at the pad")
        strokes = 0
    }

    private func stroke(_ step: Journey.Step) async throws {
        let model = try require(owner, "nobody signs")
        let count = try require(step.count, "count")
        for number in 0..<count {
            for point in 0...8 {
                let share = Double(point) / 8
                model.move(x: 0.1 + 0.1 * Double(strokes + number) + 0.05 * share, y: 0.2 + 0.6 * share, time: share / 4, pressure: 0.5)
            }
            model.lift()
        }
        await model.settled()
        strokes += count
        try check(model.state.entry.strokes.count == strokes, "\(model.state.entry.strokes.count) strokes")
    }

    private func sign() async throws {
        let model = try require(owner, "nobody signs")
        await model.sign()
        try none(model.state.trouble)
        try check(model.state.entry.step == .signed, "not signed")
        await model.handBack()
        owner = nil
        let unit = unit
        let handover = try await store().look { try $0.handover(unit: unit) }
        try check(handover.phase == .signed, "the unit does not show as signed: \(handover.phase)")
        try check(await OwnerModel.current(try store()) == nil, "the device is still in the owner's hands")
    }

    private func unsent(_ step: Journey.Step) async throws {
        let model = SyncModel(try store())
        await model.load()
        let status = try require(model.state.status, "no status")
        if let records = step.records { try check(records.holds(status.unsentRecords), "\(status.unsentRecords) records") }
        if let photos = step.photos { try check(status.unsentPhotos == UInt64(photos), "\(status.unsentPhotos) photos") }
        let line = try require(model.state.line(Lexicon(.en)), "no line")
        let wanted: SyncLineState.Tone = status.unsentRecords + status.unsentPhotos > 0 ? .onDevice : .safe
        try check(line.tone == wanted, "the line says \(line.fact)")
    }

    private func sync() async throws {
        let model = SyncModel(try store())
        await model.sync()
        try none(model.state.trouble)
        try check(model.state.last != nil, "the sync did not say what it did")
    }

    private func onHub(_ step: Journey.Step) async throws {
        let all = try await store().look { try $0.photoStates(unsent: false, offset: 0, limit: 1000) }.rows
        try check(all.count == step.photos, "\(all.count) photos")
        for photo in all {
            try check(photo.state == .safe, "\(photo.photo) is \(photo.state)")
            try check(try hub.files(named: photo.photo) == [photo.bytes], "\(photo.photo) is not on the hub once and whole")
        }
    }
}
