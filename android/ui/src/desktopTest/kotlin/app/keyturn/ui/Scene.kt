package app.keyturn.ui

import app.keyturn.core.Answer
import app.keyturn.core.DoneRequest
import app.keyturn.core.FieldStore
import app.keyturn.core.LineRequest
import app.keyturn.core.NewSnag
import app.keyturn.core.Pin
import app.keyturn.core.SnagEdit
import app.keyturn.core.Surroundings
import app.keyturn.core.SyncOptions
import java.time.LocalDate
import java.time.ZoneId

/** A device without a screen: its store, opened for some calls and shut again, so that a screen can open it after. */
class Seat(val folder: String) {
    fun <T> use(work: FieldStore.() -> T): T = FieldStore.open(folder, Surroundings()).use { store ->
        try {
            store.work()
        } finally {
            store.shut()
        }
    }

    fun join(invite: String) = use {
        enrol(invite, "Test 1", "Test 1", notice("privacy_notice").version)
        sendAndFetch()
    }

    fun sync() = use { sendAndFetch() }
}

fun FieldStore.sendAndFetch() {
    val task = sync(SyncOptions(originalsNow = true), null)
    check(task.wait(120_000u)) { "a sync that does not end" }
    task.outcome()
}

/**
 * A project in the middle of its work, made by the same calls as the screens make, with a real hub: a home half walked with snags in every
 * state, one repair rejected, one value that two people changed, photographs that wait, other homes due before and after.
 */
class Scene : AutoCloseable {
    val hub = RealHub()
    val inspector = Seat(Screens.newFolder())
    val second = Seat(Screens.newFolder())
    val crew = Seat(Screens.newFolder())
    private val today: LocalDate = LocalDate.now(ZoneId.of("Asia/Shanghai"))
    val unit: String

    /** By number, from 1. */
    val snags: List<String>

    /** What the crew has in hand. */
    val inWork: String get() = snags[3]

    init {
        inspector.join(hub.invite("林涛", "inspector", "project"))
        hub.appoint(DOOR, "林涛", "$today 23:50")
        hub.office(
            *listOf("1-1-1001", "1-1-1002", "2-1-1101").flatMapIndexed { i, door ->
                listOf("quality", "cleaning", "documents").map { listOf("handover", "precheck", door, it) }.plusElement(
                    listOf("handover", "appoint", door, "--escort", "林涛", "--at", "${today.plusDays(i * 2L)} ${if (i == 0) "23:55" else "10:30"}"),
                )
            }.toTypedArray(),
        )
        inspector.sync()
        val photos = hub.photographs(PHOTOS)
        unit = inspector.use { findUnit(DOOR) }
        snags = inspector.use { walk(photos) }
        inspector.sync()
        second.join(hub.invite("周宁", "inspector", "project"))
        hub.order(snags.slice(1..5), CREW, "${today.plusDays(7)}")
        crew.join(hub.invite("马建国", "repair_team", "orders:$CREW"))
        crew.use { repair(photos) }
        crew.sync()
        inspector.sync()
        inspector.use {
            recheckPass(snags[4], null)
            recheckReject(snags[5], "墙根仍有潮斑，防水没做到位", photos[19])
            snagEdit(snags[0], SnagEdit(finding = "东墙窗边竖向裂缝，长约 65 cm"))
        }
        second.use { snagEdit(snags[0], SnagEdit(finding = "东墙窗边竖向裂缝，长约 80 cm，宽 0.4 mm")) }
        second.sync()
        inspector.sync()
        // What was done after the last contact waits on the device.
        inspector.use {
            snagNew(
                NewSnag(
                    unit = unit,
                    room = "kitchen",
                    element = "wall",
                    defect = "hollow",
                    severity = "poor",
                    finding = "灶台后墙砖空鼓 2 块",
                    photos = photos.slice(20..22),
                ),
            )
            makePictures()
        }
    }

    /** Half the rooms walked, six snags. */
    private fun FieldStore.walk(photos: List<String>): List<String> {
        start(unit)
        val rooms = unit(unit).rooms.filter { it.lines > 0u }
        for (room in rooms.take(rooms.size / 2)) {
            for (line in lines(unit, room.key)) {
                val measure = line.measure
                if (measure != null) {
                    val points = List(measure.pointsMin.toInt()) { if (it == 1) 3000L else 2000L }
                    val verdict = measure(unit, line.key, points)
                    answer(unit, LineRequest(line.key, Answer.FINE, points, reason = if (verdict.needsCause) "当场打磨" else null))
                }
            }
            if (lines(unit, room.key).any { it.answer == null && it.measure == null && it.contract == null }) restFine(unit, room.key)
        }
        val plan = unit(unit).plan
        var at = 0

        fun snag(room: String, element: String, defect: String, severity: String, words: String, count: Int, pin: Pair<Int, Int>?): String {
            val taken = photos.slice(at until at + count)
            at += count
            val place = if (plan == null || pin == null) null else Pin(plan, pin.first.toUInt(), pin.second.toUInt())
            return snagNew(
                NewSnag(
                    unit = unit, room = room, element = element, defect = defect, severity = severity, finding = words,
                    dueOn = "${today.plusDays(14)}", pin = place, photos = taken,
                ),
            ).id
        }
        val made = listOf(
            snag("master_bedroom", "wall", "crack", "poor", "东墙窗边竖向裂缝，长约 60 cm", 3, 312_000 to 560_000),
            snag("living", "floor", "hollow", "minor", "敲击空鼓 3 块", 1, 480_000 to 560_000),
            snag("study", "window", "seal", "minor", "窗扇胶条脱开，长约 40 cm", 2, 900_000 to 150_000),
            snag("living", "wall", "crack", "poor", "北墙抹灰开裂，约 0.06 ㎡", 2, 600_000 to 330_000),
            snag("living", "ceiling", "crack", "minor", "顶棚石膏板接缝开裂，长约 1.2 m", 2, null),
            snag("master_bedroom", "wall", "damp", "serious", "墙根潮斑，约 0.3 ㎡", 2, 110_000 to 690_000),
        )
        makePictures()
        return made
    }

    private fun FieldStore.repair(photos: List<String>) {
        for ((i, snag) in listOf(snags[4], snags[5]).withIndex()) {
            repairArrive(snag, null)
            repairPhoto(snag, photos[12 + i * 2], false)
            repairPhoto(snag, photos[13 + i * 2], true)
            repairDone(snag, DoneRequest("铲除空鼓层，重新抹灰", "石膏板 0.5 张，嵌缝膏 1 袋", 90u))
        }
        repairArrive(snags[3], null)
        repairPhoto(snags[3], photos[16], false)
        repairPhoto(snags[3], photos[17], true)
        makePictures()
    }

    override fun close() = hub.close()

    companion object {
        const val DOOR = "2-1-1102"
        const val CREW = "云溪物业维修一队"
        private const val PHOTOS = 24
    }
}
