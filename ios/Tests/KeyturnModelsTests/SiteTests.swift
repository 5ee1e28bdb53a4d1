import KeyturnModels
import KeyturnTestKit
import XCTest

/// What happens on site beside the journeys: sync by itself, no photo to be had, holds, a refusal with its witness, papers, a revoked device,
/// and what goes wrong with the words for it.
final class SiteTests: XCTestCase {
    override func invokeTest() {
        TimeLimit.hold(name) { super.invokeTest() }
    }

    func testSyncStartsByItselfWhenTheCoreSaysSo() async throws {
        try await World().byItself()
    }

    func testWhereNoPhotoCanBeTakenTheReasonStandsInItsPlace() async throws {
        try await World().noPhoto()
    }

    func testTheOfficeOrdersHoldsAndLetsGoOn() async throws {
        try await World().holds()
    }

    func testARepresentativeRefusesBeforeAWitness() async throws {
        try await World().refusal()
    }

    func testPapersOpenOfflineAndMetersAreRead() async throws {
        try await World().papers()
    }

    func testARevokedDeviceHandsInWhatItHoldsAndBeginsAnew() async throws {
        try await World().revoked()
    }

    func testBadInputIsToldInWordsAndLosesNothing() async throws {
        try await World().badInput()
    }

    func testAStrokeIsPickedColouredAndTakenAway() async throws {
        try await World().picking()
    }

    func testTheGaugeShowsLimitAndPoints() {
        let words = Words(zh: "毫米", en: "mm")
        let measure = { (least: Int64?, most: Int64?) in
            MeasureView(
                quantity: words,
                limit: words,
                unit: words,
                instrument: words,
                pointsMin: 5,
                pointsMax: 10,
                source: "test",
                binds: true,
                limitMilli: most,
                minMilli: least,
                maxMilli: most,
                targetMilli: nil,
                spreadMilli: nil
            )
        }
        XCTAssertNil(Gauge(measure(nil, nil), points: [2000], typed: nil, outside: []), "a scale without a number")
        let flat = Gauge(measure(nil, 4000), points: [2000, 3000, 5000, 3000], typed: 1000, outside: [2])
        XCTAssertEqual(flat?.range.lowerBound, 0)
        XCTAssertEqual(flat?.points.map(\.milli), [2000, 3000, 5000, 1000])
        XCTAssertEqual(flat?.points.map(\.outside), [false, false, true, false])
        XCTAssertEqual(flat?.points.map(\.times), [1, 2, 1, 1])
        XCTAssertEqual(flat?.points.map(\.typed), [false, false, false, true])
        let limit = flat?.limits.first?.share ?? 0
        XCTAssertTrue(flat?.points.allSatisfy { $0.outside == ($0.share > limit) } ?? false, "a point is on the wrong side of its limit")
        XCTAssertEqual(flat?.good.upperBound, limit)
        let ticks = flat?.ticks.count ?? 0
        XCTAssertTrue((4...11).contains(ticks), "\(ticks) numbers")
        // A height between two bounds far from zero: the scale begins near them.
        let high = Gauge(measure(2_690_000, 2_710_000), points: [2_700_000], typed: nil, outside: [])
        XCTAssertGreaterThan(high?.range.lowerBound ?? 0, 2_600_000)
        XCTAssertEqual(high?.limits.count, 2)
        // Plus and minus about zero; and one wild value.
        let both = Gauge(measure(-3000, 3000), points: [-4000, 900_000_000_000], typed: nil, outside: [0, 1])
        XCTAssertLessThan(both?.points.first?.share ?? 1, both?.limits.first?.share ?? 0)
        XCTAssertTrue((1...11).contains(both?.ticks.count ?? 0))
    }
}

extension World {
    fileprivate func byItself() async throws {
        let wire = Wire(.offline)
        let (field, _, unit) = try await inspector("林涛")
        await field.shut()
        let folder = scratch("林涛")
        let root = RootModel(folder: folder) { Surroundings(network: wire) }
        await root.open()
        let open = try XCTUnwrap(root.field)
        let (sync, auto) = (try XCTUnwrap(root.sync), try XCTUnwrap(root.auto))
        await sync.set(wifiOnly: true)
        let running = Task { await auto.run() }
        _ = try await record(open, unit, "leak", photographs(1, in: scratch("photos")))
        try await until {
            await sync.load()
            return sync.state.status?.unsentPhotos == 1 && auto.next?.now == false
        }
        XCTAssertGreaterThan(sync.state.status?.unsentRecords ?? 0, 0, "sent without a network")

        wire.become(.metered)
        auto.nudge()
        try await until {
            await sync.load()
            return sync.state.status?.unsentRecords == 0 && auto.next?.whyKey == "sync-next-originals-wait"
        }
        XCTAssertEqual(sync.state.status?.unsentPhotos, 1, "an original went over a network that costs")
        XCTAssertEqual(auto.next?.needs, .wifi)
        XCTAssertEqual(sync.state.photos.first?.state, .smallSent)
        XCTAssertEqual(sync.state.line(words)?.tone, .onDevice)

        wire.become(.wifi)
        auto.nudge()
        try await until {
            await sync.load()
            return sync.state.status?.unsentPhotos == 0 && !sync.state.running
        }
        XCTAssertEqual(sync.state.line(words)?.tone, .safe)
        // A record wakes it, with nobody's nudge.
        _ = try await record(open, unit, "another")
        try await until {
            await sync.load()
            return sync.state.status?.unsentRecords == 0 && sync.state.status?.running == false
        }
        running.cancel()
        await running.value
    }

    fileprivate func noPhoto() async throws {
        let (field, _, unit) = try await inspector("林涛")
        let snag = try await record(field, unit, "leak")
        try await syncWhole(field)
        try Office(hub, scratch).order(snag.id, from: "云溪物业维修一队")
        let device = try Device(scratch, "crew")
        let crew = try await device.joined(
            try hub.invite("马建国", role: "repair_team", scope: "orders:云溪物业维修一队", kind: "crew")
        )
        try await syncWhole(crew)
        let model = CrewModel(crew, snag: snag.id, intake: device.intake)
        await model.load()
        await model.arrive()
        XCTAssertEqual(model.state.step, .before)
        await model.cannot(after: false, reason: "")
        XCTAssertEqual(model.state.trouble?.key, "rule-no-photo-reason", "no photo and no reason")
        model.dismiss()
        await model.cannot(after: false, reason: "lens is broken")
        XCTAssertNil(model.state.trouble)
        XCTAssertEqual(model.state.order?.noBefore, "lens is broken")
        XCTAssertEqual(model.state.step, .after)
        await model.cannot(after: true, reason: "lens is broken")
        XCTAssertEqual(model.state.step, .materials)
        model.type(text: "joint renewed")
        model.type(materials: "silicone")
        model.type(minutes: "30")
        await model.finish()
        XCTAssertNil(model.state.trouble)
        XCTAssertEqual(model.state.order?.snag.phase, .done)
        // The owner, on site: not yet.
        await model.ownerRejects("still drips")
        XCTAssertNil(model.state.trouble)
        XCTAssertEqual(model.state.order?.snag.phase, .rejected)
        XCTAssertEqual(model.state.order?.rejectedBecause, "still drips")
        // The reason for no photo was the first round's.
        XCTAssertNil(model.state.order?.noAfter)
        try await syncWhole(crew)

        XCTAssertTrue(model.state.may.isSuperset(of: ["repair.done"]))
        XCTAssertFalse(model.state.may.contains("recheck.confirm"), "a crew judges its own work")
        let file = PapersModel(field, unit: unit)
        await file.load()
        XCTAssertNil(file.state.trouble)
        // A line of the checklist that asks for a photo, and one that gets one.
        let lines = try await field.look { try $0.lines(unit: unit, room: nil) }
        let line = try XCTUnwrap(lines.first { $0.measure == nil })
        let list = ChecklistModel(field, unit: unit, room: line.room)
        await list.load()
        await list.cannotPhotograph(line, reason: "too dark")
        XCTAssertNil(list.state.trouble)
        XCTAssertEqual(list.state.lines.first { $0.key == line.key }?.noPhoto, "too dark")
        await list.photo(line, try photographs(1, in: scratch("photos"))[0])
        XCTAssertNil(list.state.trouble)
        XCTAssertEqual(list.state.lines.first { $0.key == line.key }?.photos.count, 1)
    }

    fileprivate func holds() async throws {
        let (field, _, unit) = try await inspector("林涛")
        let snag = try await record(field, unit, "leak")
        try await syncWhole(field)
        let device = try Device(scratch, "manager")
        let manager = try await device.joined(try hub.invite("周敏", role: "service_manager"))
        try await syncWhole(manager)
        let inspects = CrewModel(field, snag: snag.id, intake: device.intake)
        await inspects.load()
        XCTAssertFalse(inspects.state.may.contains("repair.done"))
        XCTAssertTrue(inspects.state.may.contains("recheck.confirm"))
        let model = CrewModel(manager, snag: snag.id, intake: device.intake)
        await model.load()
        XCTAssertTrue(model.state.may.contains("snag.order"))
        let contractor = try XCTUnwrap(model.state.contractors.first)
        await model.order(from: contractor.id)
        XCTAssertNil(model.state.trouble)
        XCTAssertEqual(model.state.order?.snag.phase, .ordered)
        let hold = try XCTUnwrap(model.state.holdStates.first)
        await model.hold(hold.id, reason: "tiles on their way")
        XCTAssertNil(model.state.trouble)
        XCTAssertEqual(model.state.order?.snag.hold?.reason, "tiles on their way")
        try await syncWhole(manager)
        try await syncWhole(field)
        await inspects.load()
        XCTAssertEqual(inspects.state.order?.snag.hold?.state, hold.id, "the inspector does not see the hold")
        await model.resume()
        XCTAssertNil(model.state.trouble)
        XCTAssertNil(model.state.order?.snag.hold)
        XCTAssertNotNil(model.state.order?.snag.warranty, "no warranty is told")
    }

    fileprivate func refusal() async throws {
        let (field, _, unit) = try await walk("林涛")
        let snag = try await record(field, unit, "crack")
        let model = OwnerModel(field, unit: unit, lang: .zh)
        await model.load()
        model.saw(snag.id)
        let owner = try XCTUnwrap(model.state.signer)
        XCTAssertEqual(owner.role, "owner")
        let identity = try XCTUnwrap(model.state.identityDocuments.first).name.en
        await model.represent(name: "", identityCheck: identity, mandate: "")
        XCTAssertNotNil(model.state.trouble, "a representative without a name or a mandate")
        model.dismiss()
        XCTAssertEqual(model.state.signer?.role, "owner")
        await model.represent(name: "王芳", identityCheck: identity, mandate: "WT-2026-118")
        XCTAssertNil(model.state.trouble)
        XCTAssertEqual(model.state.signer?.role, "representative")
        XCTAssertTrue(model.state.entry.seen.contains(snag.id), "everything has to be read again")
        model.refuse()
        model.type(reason: "the wall has to be done anew")
        model.go(to: .signing)
        XCTAssertEqual(model.state.outcome, .refused)
        await model.bearWitness(name: "赵强", identityCheck: identity)
        XCTAssertNil(model.state.trouble)
        XCTAssertNotNil(model.state.entry.witness)
        for step in 0...5 { model.move(x: Double(step) / 10, y: 0.5, time: Double(step) / 10, pressure: 0.5) }
        model.lift()

        // No network: the code cannot be asked for, and the strokes stay.
        hub.stop()
        await model.askCode()
        XCTAssertEqual(model.state.trouble?.kind, .network)
        XCTAssertNil(model.state.codeUntil)
        XCTAssertEqual(model.state.entry.strokes.count, 1)
        await model.sign()
        XCTAssertNil(model.state.trouble)
        XCTAssertEqual(model.state.entry.step, .signed)
        let (signatures, people) = try await field.look { store in
            let handover = try store.handover(unit: unit)
            return (handover.signatures, handover.participants)
        }
        let signed = try XCTUnwrap(signatures.last)
        XCTAssertEqual(signed.outcome, .refused)
        XCTAssertEqual(people.first { $0.id == signed.signer }?.role, "representative")
        XCTAssertEqual(Set(people.map(\.role)).intersection(["owner", "representative", "witness"]).count, 3)
        await model.handBack()
        let holder = await OwnerModel.current(field)
        XCTAssertNil(holder)
    }

    fileprivate func papers() async throws {
        let (field, device, unit) = try await walk("林涛")
        hub.stop()
        let model = PapersModel(field, unit: unit)
        await model.load()
        let meter = try XCTUnwrap(model.state.handover?.meters.first)
        model.type(meter.kind, PapersState.Typed(number: "A-17", reading: "12.5"))
        let photo = try photographs(1, in: device.intake)[0]
        await model.keep(meter: meter.kind, photo: photo)
        XCTAssertNil(model.state.trouble)
        let read = try XCTUnwrap(model.state.handover?.meters.first { $0.kind == meter.kind })
        XCTAssertEqual([read.number, read.readingMilli.map { "\($0)" }], ["A-17", "12500"])
        XCTAssertNotNil(read.photo)
        XCTAssertNil(model.state.typed[meter.kind], "the draft is left behind")
        let key = try XCTUnwrap(model.state.handover?.keys.first)
        await model.give(keys: key.kind, count: 3)
        XCTAssertEqual(model.state.handover?.keys.first { $0.kind == key.kind }?.count, 3)
        let document = try XCTUnwrap(model.state.handover?.documents.first)
        await model.give(document: document.kind, given: true)
        XCTAssertEqual(model.state.handover?.documents.first { $0.kind == document.kind }?.done, true)
        XCTAssertFalse(model.state.escorts.isEmpty)
        await model.close()
        XCTAssertNotNil(model.state.trouble, "closed before anybody signed")
        model.dismiss()

        guard hasDocuments() else { return XCTAssertTrue(model.state.papers.isEmpty) }
        let paper = try XCTUnwrap(model.state.papers.first(where: \.ready))
        await model.open(paper, .en)
        XCTAssertNil(model.state.trouble)
        let file = try XCTUnwrap(model.state.opened)
        XCTAssertEqual(try Data(contentsOf: file).prefix(5), Data("%PDF-".utf8))
        model.closePaper()
        XCTAssertNil(model.state.opened)
        XCTAssertFalse(FileManager.default.fileExists(atPath: file.path), "the copy is left behind")
    }

    fileprivate func revoked() async throws {
        let (field, _, unit) = try await inspector("林涛")
        _ = try await record(field, unit, "leak", photographs(1, in: scratch("photos")))
        try hub.revoke(try await field.look { try $0.device().device })
        await field.shut()
        let root = RootModel(folder: scratch("林涛")) { Surroundings() }
        await root.open()
        XCTAssertEqual(root.state.face, .home, "known before the hub said so")
        let sync = try XCTUnwrap(root.sync)
        await sync.sync(originalsNow: true)
        XCTAssertEqual(sync.state.trouble?.key, "sync-device-revoked")
        await root.refresh()
        XCTAssertEqual(root.state.face, .revoked)
        XCTAssertEqual(sync.state.standing?.revoked, true)
        XCTAssertEqual(sync.state.standing?.mayRecord, false)
        XCTAssertEqual(sync.state.standing?.emptyHanded, true, "what it held was not handed in")
        XCTAssertEqual(sync.state.status?.unsentPhotos, 0)
        await root.beginAnew()
        XCTAssertNil(root.state.trouble)
        XCTAssertEqual(root.state.face, .start)
        let aside = try XCTUnwrap(root.state.setAside)
        let old = try await Field.open(URL(fileURLWithPath: aside))
        let records = try await old.look { try $0.status().records }
        XCTAssertGreaterThan(records, 0, "the old store is gone")
        await old.shut()
        // The new one joins and works.
        let again = try XCTUnwrap(root.field)
        let start = StartModel(again, lang: .zh, deviceName: "test", platform: "test")
        await start.load()
        start.read(try hub.invite("周宁", role: "inspector"))
        start.go(to: .notice)
        await start.join()
        XCTAssertNil(start.state.trouble)
        let joined = try XCTUnwrap(start.state.device)
        XCTAssertEqual(joined.notice, start.state.notice?.version, "the version of the notice is not recorded")
        await root.refresh()
        XCTAssertEqual(root.state.face, .home)
    }

    fileprivate func badInput() async throws {
        var told: [String: Trouble] = [:]
        let (disk, clock) = (Disk(), SetClock())
        let (field, device, unit) = try await inspector("林涛", Surroundings(space: disk, clock: clock))

        // A code of something else.
        let other = try Device(scratch, "other")
        let start = StartModel(try await other.open(), lang: .zh, deviceName: "test", platform: "test")
        await start.load()
        start.read("https://example.com/menu")
        XCTAssertEqual(start.state.invite?.kind, .webPage)
        XCTAssertFalse(start.state.invite?.words.zh.isEmpty ?? true)
        await start.join()
        XCTAssertNil(start.state.device, "joined with a page's address")
        start.read("keyturn:garbage")
        XCTAssertNotEqual(start.state.invite?.kind, .invite)

        // A hub with another key, and a used code; what was scanned stays.
        let invite = try hub.invite("周宁", role: "inspector")
        start.read(invite.replacingOccurrences(of: hub.fingerprint, with: String(repeating: "ab", count: 32)))
        await start.join()
        told["another hub"] = start.state.trouble
        XCTAssertEqual(start.state.trouble?.kind, .wrongHub)
        let second = try hub.invite("许静", role: "inspector")
        start.read(second)
        let first = try await Device(scratch, "first").joined(second)
        await start.join()
        told["used code"] = start.state.trouble
        XCTAssertEqual(start.state.trouble?.kind, .hubSaidNo)
        XCTAssertEqual(start.state.code, second)
        await first.shut()

        // A photo that the system's cleaner took before the core had it: the words stay, and go without it.
        let form = SnagModel(field, unit: unit, lexicon: words, intake: device.intake)
        await form.load()
        await form.choose(room: "living")
        await form.choose(element: "wall")
        await form.choose(defect: try XCTUnwrap(form.state.defects.first { $0.id == "crack" }))
        form.type(finding: "a corner")
        let photos = try photographs(2, in: device.intake)
        form.add(photos: photos)
        try FileManager.default.removeItem(at: photos[0])
        await form.save()
        told["photo gone"] = form.state.trouble
        XCTAssertEqual(form.state.trouble?.kind, .photo)
        XCTAssertEqual(form.state.entry.finding, "a corner")
        form.remove(photo: photos[0].path)

        // A full disk: no photo, but words.
        disk.fill()
        await form.save()
        told["full disk"] = form.state.trouble
        XCTAssertEqual(form.state.trouble?.kind, .diskFull)
        XCTAssertTrue(FileManager.default.fileExists(atPath: photos[1].path), "the picture is gone with the refusal")
        form.remove(photo: photos[1].path)
        await form.save()
        XCTAssertNil(form.state.trouble)
        XCTAssertEqual(form.state.saved?.finding, "a corner")

        // A clock set back a year: told, and nothing is blocked.
        clock.set(offMs: -365 * 86_400_000)
        _ = try await record(field, unit, "a year ago")
        let sync = SyncModel(field)
        await sync.sync()
        XCTAssertEqual(sync.state.status?.clockWarn, true)
        XCTAssertEqual(sync.state.status?.unsentRecords, 0, "a wrong clock holds records back")
        clock.set(offMs: 0)

        // Revoked.
        try hub.revoke(try await field.look { try $0.device().device })
        await sync.sync()
        told["revoked"] = sync.state.trouble
        XCTAssertEqual(sync.state.trouble?.kind, .revoked)

        XCTAssertEqual(Set(told.values.map(\.key)).count, 5, "two of them have one key: \(told.mapValues(\.key))")
        for (what, trouble) in told {
            XCTAssertNotEqual(trouble.words.en, trouble.key, "\(what): the key stands for the words")
            XCTAssertTrue(trouble.words.zh.contains { $0 >= "一" && $0 <= "鿿" }, "\(what): no Chinese")
            XCTAssertFalse(trouble.words.en.contains { $0 >= "一" && $0 <= "鿿" }, "\(what): no English")
        }
    }

    fileprivate func picking() async throws {
        let (field, _, unit) = try await inspector("林涛")
        let snag = try await record(field, unit, "crack", photographs(1, in: scratch("photos")))
        let photo = try XCTUnwrap(snag.photos.first).sha256
        let model = DrawModel(field, snag: snag.id, photo: photo)
        await model.load()
        model.choose(.blue)
        model.choose(.arrow)
        model.move(x: 0.1, y: 0.1)
        model.move(x: 0.9, y: 0.1)
        model.lift()
        model.choose(.circle)
        model.move(x: 0.5, y: 0.5)
        model.move(x: 0.7, y: 0.5)
        model.lift()
        model.pick(x: 0.5, y: 0.5)
        XCTAssertNil(model.state.picked, "the middle of a circle is not its line")
        model.pick(x: 0.5, y: 0.3)
        XCTAssertEqual(model.state.picked, 1)
        model.choose(.yellow)
        model.pick(x: 0.4, y: 0.11)
        XCTAssertEqual(model.state.picked, 0)
        XCTAssertEqual(model.state.shapes.map(\.tool), ["arrow-blue", "circle-yellow"])
        model.removePicked()
        XCTAssertEqual(model.state.shapes.map(\.drawnTool), [.circle])
        model.redo()
        XCTAssertEqual(model.state.shapes.count, 2)
        model.undo()
        await model.finish()
        XCTAssertNil(model.state.trouble)
        let kept = try await field.look { try $0.snag(snag: snag.id).photos.first?.drawing }
        XCTAssertEqual(kept?.map(\.tool), ["circle-yellow"])
        XCTAssertEqual(kept?.first?.ink, .yellow)
    }
}
