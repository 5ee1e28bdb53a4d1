import KeyturnModels
import KeyturnTestKit
import XCTest

/// The process dies at any model: everything is dropped without a word, the store is opened anew, and the same page has the same words. The
/// journeys do the same to joining, checklist, snag form and the owner's turn.
final class DeathTests: XCTestCase {
    override func invokeTest() {
        TimeLimit.hold(name) { super.invokeTest() }
    }

    func testWhatIsTypedAnywhereIsThereAfterAKill() async throws {
        try await World().death()
    }

    func testTheLanguageChangesAndWhatIsTypedStays() async throws {
        try await World().language()
    }
}

@MainActor
private struct Half {
    let way: [Place]
    let reason: String
    let shapes: [DrawnShape]
    let entry: CrewState.Entry
    let meters: [String: PapersState.Typed]
    let snag: SnagState.Entry
    let owner: OwnerState.Entry
    let measuring: String?
}

extension World {
    fileprivate func death() async throws {
        let photos = try photographs(2, in: scratch("photos"))
        let (half, folder, unit, snag, line) = try await typeEverything(photos)
        // Whoever held the store is gone; it is opened as at a start.
        let root = RootModel(folder: folder) { Surroundings() }
        await root.open()
        XCTAssertNil(root.state.trouble)
        XCTAssertEqual(root.state.face, .owner(unit), "the device is not in the owner's hands any more")
        let field = try XCTUnwrap(root.field)
        XCTAssertEqual(root.way?.state.path, half.way, "another page")

        let asked = AskedModel(field, about: "test")
        await asked.load()
        XCTAssertEqual(asked.state.text, half.reason)

        let draw = DrawModel(field, snag: snag.id, photo: try XCTUnwrap(snag.photos.first).sha256)
        await draw.load()
        XCTAssertEqual(draw.state.shapes, half.shapes)
        XCTAssertEqual(draw.state.shapes.map(\.ink), [.yellow, .red])

        let crew = CrewModel(field, snag: snag.id, intake: scratch("林涛-intake"))
        await crew.load()
        XCTAssertEqual(crew.state.entry, half.entry)

        let papers = PapersModel(field, unit: unit)
        await papers.load()
        XCTAssertEqual(papers.state.typed, half.meters)

        let form = SnagModel(field, unit: unit, lexicon: words, intake: scratch("林涛-intake"))
        await form.load()
        XCTAssertEqual(form.state.entry, half.snag)

        let list = ChecklistModel(field, unit: unit, room: line.room)
        await list.load()
        XCTAssertEqual(list.state.measuring?.line.key, line.key, "the pad is shut")
        XCTAssertEqual(list.state.measuring?.typed, half.measuring)

        let owner = OwnerModel(field, unit: unit, lang: .zh)
        await owner.load()
        XCTAssertEqual(owner.state.entry, half.owner)
        XCTAssertEqual(owner.state.entry.strokes.count, 2)

        let sync = SyncModel(field)
        await sync.load()
        XCTAssertEqual(sync.state.status?.wifiOnly, false, "the choice of network is gone")
    }

    private func typeEverything(_ photos: [URL]) async throws -> (Half, URL, Id, SnagView, LineView) {
        let (field, device, unit) = try await walk("林涛")
        let snag = try await record(field, unit, "crack", [photos[0]])
        let way = WayModel(field)
        way.go([.unit(unit), .snags(unit), .snag(snag.id)])
        way.go([.unit(unit), .room(unit, "living"), .newSnag(unit, room: "living", element: "wall", line: nil)])

        let asked = AskedModel(field, about: "test")
        for word in ["d", "da", "damp at the foot"] { asked.type(word) }

        let draw = DrawModel(field, snag: snag.id, photo: try XCTUnwrap(snag.photos.first).sha256)
        await draw.load()
        for ink in [DrawState.Ink.yellow, .red] {
            draw.choose(ink)
            for step in 0...3 { draw.move(x: 0.2 + Double(step) / 10, y: ink == .red ? 0.7 : 0.3) }
            draw.lift()
        }

        let crew = CrewModel(field, snag: snag.id, intake: device.intake)
        await crew.load()
        crew.type(text: "grouted")
        crew.type(materials: "2 kg of mortar")
        crew.type(minutes: "45")

        let papers = PapersModel(field, unit: unit)
        await papers.load()
        let meter = try XCTUnwrap(papers.state.handover?.meters.first).kind
        papers.type(meter, PapersState.Typed(number: "A-17", reading: "12."))

        let form = SnagModel(field, unit: unit, lexicon: words, intake: device.intake)
        await form.load()
        await form.choose(room: "living")
        form.type(finding: "a corner is ")
        let file = await form.expectPhoto()
        try FileManager.default.copyItem(at: photos[1], to: file)
        form.cameraClosed()

        let lines = try await field.look { try $0.lines(unit: unit, room: "living") }
        let line = try XCTUnwrap(lines.first { $0.measure != nil })
        let list = ChecklistModel(field, unit: unit, room: line.room)
        await list.load()
        await list.measure(line)
        for key in "2.5" { list.type(key) }

        let sync = SyncModel(field)
        await sync.set(wifiOnly: true)
        await sync.set(wifiOnly: false)

        // Last, because the record is what stands when it is shown.
        let owner = OwnerModel(field, unit: unit, lang: .zh)
        await owner.load()
        owner.saw(snag.id)
        owner.dispute(snag.id, reason: "two cracks")
        for stroke in 0...1 {
            for step in 0...4 { owner.move(x: Double(step) / 10, y: 0.2 + Double(stroke) / 5, time: Double(step) / 10, pressure: 0.4) }
            owner.lift()
        }
        for screen in [owner.settled, list.settled, form.settled, papers.settled, crew.settled, draw.settled, asked.settled, way.settled] {
            await screen()
        }
        for trouble in [owner.state.trouble, list.state.trouble, form.state.trouble, papers.state.trouble, crew.state.trouble] {
            XCTAssertNil(trouble)
        }
        let half = Half(
            way: way.state.path,
            reason: asked.state.text,
            shapes: draw.state.shapes,
            entry: crew.state.entry,
            meters: papers.state.typed,
            snag: form.state.entry,
            owner: owner.state.entry,
            measuring: list.state.measuring?.typed
        )
        return (half, device.folder, unit, snag, line)
    }

    fileprivate func language() async throws {
        let (field, device, unit) = try await walk("林涛")
        let snag = try await record(field, unit, "裂缝")
        let chinese = SnagModel(field, unit: unit, lexicon: Lexicon(.zh), intake: device.intake)
        await chinese.load()
        await chinese.choose(room: "living")
        await chinese.choose(element: "wall")
        await chinese.choose(defect: try XCTUnwrap(chinese.state.defects.first { $0.id == "crack" }))
        chinese.type(finding: "东墙")
        await chinese.settled()
        let english = SnagModel(field, unit: unit, lexicon: Lexicon(.en), intake: device.intake)
        await english.load()
        XCTAssertEqual(english.state.entry, chinese.state.entry)
        XCTAssertFalse(english.state.proposed.en.isEmpty)
        XCTAssertNotEqual(english.state.proposed.en, english.state.proposed.zh)

        // Words are part of what is signed: in another language it is another record, and strokes over the first sign nothing.
        let owner = OwnerModel(field, unit: unit, lang: .zh)
        await owner.load()
        owner.saw(snag.id)
        owner.move(x: 0.1, y: 0.1, time: 0, pressure: 0.5)
        owner.lift()
        await owner.settled()
        let other = OwnerModel(field, unit: unit, lang: .en)
        await other.load()
        XCTAssertNotEqual(other.state.record?.words, owner.state.record?.words)
        XCTAssertTrue(other.state.entry.strokes.isEmpty || other.state.record?.digest == owner.state.record?.digest)

        for key in ["app-today", "app-sync-safe", "app-owner-refuse", "app-line-photo-needed", "app-hold"] {
            XCTAssertNotEqual(Lexicon(.zh)(key), Lexicon(.en)(key), key)
        }
    }
}
