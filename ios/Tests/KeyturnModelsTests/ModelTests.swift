import KeyturnModels
import KeyturnTestKit
import XCTest

/// Screens beside the journeys: lists by the page, drawing, plan, crew and re-check, two values of one field.
final class ModelTests: XCTestCase {
    override func invokeTest() {
        TimeLimit.hold(name) { super.invokeTest() }
    }

    func testAListIsReadByThePageAndFilteredByState() async throws {
        try await World().listIsPaged()
    }

    func testADrawingIsKeptStrokeByStrokeAndTheOriginalIsNot() async throws {
        try await World().drawing()
    }

    func testACrewRepairsAndTheInspectorLooksAgain() async throws {
        try await World().crew()
    }

    func testTwoValuesStayUntilSomebodyChooses() async throws {
        try await World().conflict()
    }

    func testNumbersAreReadAsTyped() {
        let read = ["2", "2.5", "0.125", "-3", "2.", ".5", "", "1.2345", "12a", "１"].map(Number.milli)
        XCTAssertEqual(read, [2000, 2500, 125, -3000, nil, nil, nil, nil, nil, nil])
    }
}

extension World {
    func listIsPaged() async throws {
        let (field, _, unit) = try await inspector("林涛")
        for number in 1...23 { _ = try await record(field, unit, "\(number)") }
        let list = SnagListModel(field, unit: unit, pageRows: 10)
        await list.load()
        XCTAssertEqual([list.state.rows.count, Int(list.state.total)], [10, 23])
        for _ in 0..<5 {
            guard let last = list.state.rows.last else { return XCTFail("no rows") }
            await list.appeared(last)
        }
        XCTAssertEqual(Set(list.state.rows.map(\.finding)).count, 23, "a row is missing or stands twice")
        await list.show(.confirmed)
        XCTAssertTrue(list.state.rows.isEmpty)
        await list.show(.recorded)
        XCTAssertEqual(list.state.total, 23)
        XCTAssertNil(list.state.trouble)
        let today = TodayModel(field)
        await today.find("2-1-1102")
        XCTAssertEqual(today.state.found.map(\.id), [unit])
    }

    func drawing() async throws {
        let (field, _, unit) = try await inspector("林涛")
        let photo = try photographs(1, in: scratch("photos"))
        let before = try Data(contentsOf: photo[0])
        let snag = try await record(field, unit, "crack", photo)
        let original = try XCTUnwrap(snag.photos.first).sha256
        let model = DrawModel(field, snag: snag.id, photo: original)
        await model.load()
        XCTAssertNotNil(model.state.picture)
        for tool in [DrawState.Tool.pen, .arrow, .circle] {
            model.choose(tool)
            for step in 0...4 { model.move(x: 0.2 + Double(step) / 10, y: 0.3) }
            model.lift()
        }
        model.add(text: "0.4 mm")
        model.undo()
        await model.settled()
        // A kill: what was drawn is there, what was taken back is not.
        let again = DrawModel(field, snag: snag.id, photo: original)
        await again.load()
        XCTAssertEqual(again.state.shapes.map(\.tool), ["pen", "arrow", "circle"])
        XCTAssertEqual(again.state.shapes.map { $0.pointsPpm.count }, [10, 4, 4])
        await again.finish()
        XCTAssertNil(again.state.trouble)
        let kept = try await field.look { try $0.snag(snag: snag.id) }
        XCTAssertEqual(kept.photos.first?.drawing, again.state.shapes)
        XCTAssertEqual(try Data(contentsOf: photo[0]), before)
        XCTAssertEqual(kept.photos.first?.sha256, original)

        let plan = PlanModel(field, unit: unit)
        await plan.load()
        XCTAssertEqual(plan.state.unplaced.map(\.id), [snag.id])
        plan.select(snag.id)
        plan.place()
        // Nowhere: the plan knows no room there, and the core takes no such pin.
        plan.move(x: 0.999, y: 0.999)
        await plan.settled()
        XCTAssertNil(plan.state.crossRoom)
        await plan.keep()
        XCTAssertEqual(plan.state.trouble?.key, "rule-pin-room")
        XCTAssertTrue(plan.state.pinned.isEmpty)
        plan.dismiss()
        // In another room: that room is named before anything is recorded, and the snag goes along.
        plan.move(x: 0.375, y: 0.625)
        await plan.settled()
        let first = try XCTUnwrap(plan.state.crossRoom)
        plan.move(x: 0.05, y: 0.05)
        await plan.settled()
        let second = try XCTUnwrap(plan.state.crossRoom)
        XCTAssertNotEqual(first.key, second.key)
        await plan.keep()
        XCTAssertNil(plan.state.trouble)
        XCTAssertEqual(plan.state.pinned.first?.room, second.key)
        plan.place()
        XCTAssertEqual(plan.state.cross.map { [$0.x, $0.y] }, [50_000, 50_000], "the cross does not begin at the pin")
        plan.leave()
        XCTAssertNil(plan.state.cross)
        plan.place()
        plan.move(x: 0.375, y: 0.625)
        await plan.keep()
        XCTAssertNil(plan.state.trouble)
        XCTAssertEqual(plan.state.pinned.first?.pin.map { [$0.xPpm, $0.yPpm] }, [375_000, 625_000])
        XCTAssertEqual(plan.state.pinned.first?.room, first.key)
        // A kill: both edits are in the store.
        let anew = PlanModel(field, unit: unit)
        await anew.load()
        XCTAssertEqual(anew.state.pinned, plan.state.pinned)
    }

    func crew() async throws {
        let (field, _, unit) = try await inspector("林涛")
        let photos = try photographs(5, in: scratch("photos"))
        let snag = try await record(field, unit, "leak", [photos[0]])
        try await syncWhole(field, SyncOptions(originalsNow: true))
        let office = try Office(hub, scratch)
        try office.order(snag.id, from: "云溪物业维修一队")
        let device = try Device(scratch, "crew")
        let invite = try hub.invite("马建国", role: "repair_team", scope: "orders:云溪物业维修一队", kind: "crew")
        let crew = try await device.joined(invite)
        try await syncWhole(crew)

        let model = CrewModel(crew, snag: snag.id, intake: device.intake)
        await model.load()
        XCTAssertEqual(model.state.step, .arrive)
        await model.arrive()
        XCTAssertEqual(model.state.step, .before)
        try await shoot(model, photos[1], after: false)
        XCTAssertEqual(model.state.step, .after)
        XCTAssertNotNil(model.state.overlay, "nothing to lay over the viewfinder")
        // The camera wrote, and the app was killed before it heard so.
        let file = await model.expectPhoto(after: true)
        try FileManager.default.copyItem(at: photos[2], to: file)
        let again = CrewModel(crew, snag: snag.id, intake: device.intake)
        await again.load()
        XCTAssertEqual(again.state.order?.after.count, 1, "the picture is lost")
        XCTAssertEqual(again.state.step, .materials)
        again.type(text: "grouted")
        again.type(minutes: "4x5")
        await again.settled()
        XCTAssertEqual(again.state.entry.minutes, "45")
        await again.finish()
        XCTAssertNil(again.state.trouble)
        XCTAssertEqual(again.state.step, .done)
        try await syncWhole(crew, SyncOptions(originalsNow: true))

        try await syncWhole(field)
        let look = CrewModel(field, snag: snag.id, intake: device.intake)
        await look.load()
        await look.recheckRejects("still damp", photo: photos[3])
        XCTAssertNil(look.state.trouble)
        XCTAssertEqual(look.state.order?.snag.phase, .rejected)
        try await syncWhole(field, SyncOptions(originalsNow: true))
        try await syncWhole(crew)
        await again.load()
        XCTAssertEqual(again.state.order?.rejectedBecause, "still damp")
        XCTAssertEqual(again.state.order?.snag.round, 2)
    }

    private func shoot(_ model: CrewModel, _ photo: URL, after: Bool) async throws {
        let file = await model.expectPhoto(after: after)
        try FileManager.default.copyItem(at: photo, to: file)
        await model.photoClosed()
        XCTAssertNil(model.state.trouble)
    }

    func conflict() async throws {
        let (first, _, unit) = try await inspector("林涛")
        let snag = try await record(first, unit, "crack")
        try await syncWhole(first)
        let (second, _, _) = try await inspector("周宁")
        _ = try await first.change { try $0.snagEdit(snag: snag.id, edit: SnagEdit(finding: "60 cm")) }
        _ = try await second.change { try $0.snagEdit(snag: snag.id, edit: SnagEdit(finding: "80 cm")) }
        try await syncWhole(first)
        try await syncWhole(second)
        try await syncWhole(first)
        let model = SyncModel(first)
        await model.load()
        let review = try XCTUnwrap(model.state.reviews.first)
        XCTAssertEqual(Set(review.values.map(\.value)), ["60 cm", "80 cm"])
        XCTAssertEqual(model.state.line(words)?.tone, .refused)
        let choice = try XCTUnwrap(review.values.firstIndex { $0.value == "60 cm" })
        await model.settle(review, choice: choice)
        XCTAssertNil(model.state.trouble)
        XCTAssertTrue(model.state.reviews.isEmpty)
        await model.sync()
        XCTAssertEqual(model.state.line(words)?.tone, .safe)
        try await syncWhole(second)
        let shown = try await second.look { try $0.snag(snag: snag.id).finding }
        XCTAssertEqual(shown, "60 cm")
    }
}
