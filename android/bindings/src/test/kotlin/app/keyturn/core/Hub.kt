package app.keyturn.core

import java.io.File
import java.nio.file.Files
import java.nio.file.Path
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import kotlin.io.path.createDirectories
import kotlin.io.path.deleteRecursively

/** The scratch folder of the tests, under the build folder. */
val scratch: Path = Path.of(System.getProperty("keyturn.scratch"), "scratch").createDirectories()

fun fresh(name: String): Path = Files.createTempDirectory(scratch, name)

/** A photograph of the repository. */
val photo: Path = Path.of(System.getProperty("keyturn.root"), "tests", "photos", "IMG_20261120_090833.jpg")

/** A photograph of its own: the same with a comment behind its head. */
fun ownPhoto(folder: Path, mark: String): Path {
    val bytes = Files.readAllBytes(photo)
    val comment = mark.encodeToByteArray()
    val head = byteArrayOf(0xff.toByte(), 0xfe.toByte(), ((comment.size + 2) shr 8).toByte(), (comment.size + 2).toByte())
    val path = folder.resolve("$mark.jpg")
    Files.write(path, bytes.copyOfRange(0, 2) + head + comment + bytes.copyOfRange(2, bytes.size))
    return path
}

/** A value of a flat JSON object. */
fun field(
    json: String,
    name: String,
): String = Regex("\"$name\":\"([^\"]*)\"").find(json)?.groupValues?.get(1) ?: error("no $name in $json")

/** A real hub in a process of its own, with the sample project; [tls] with a certificate that it made itself, as it is shipped. */
class Hub(tls: Boolean = false) : AutoCloseable {
    private val binary = System.getProperty("keyturn.bin")
    private val folder = fresh("hub")
    private val data = folder.resolve("data")
    private val process: Process
    private val invited = AtomicInteger()
    val url: String

    init {
        val command = listOf(binary, "hub", "--data", "$data", "--listen", "127.0.0.1:0", "--json") + if (tls) emptyList() else listOf("--plain")
        process = ProcessBuilder(command).redirectError(folder.resolve("hub.err").toFile()).start()
        val told = process.inputStream.bufferedReader().readLine() ?: error("the hub did not start: ${folder.resolve("hub.err")}")
        url = field(told, "url")
        run("sample-register", "${folder.resolve("register")}")
        run("import", "--data", "$data", "${folder.resolve("register")}")
    }

    /** Runs a command of `keyturn` to its end; what it printed. */
    fun run(vararg words: String): String {
        val log = folder.resolve("command.err").toFile()
        val child = ProcessBuilder(listOf(binary) + words + "--json").redirectError(log).start()
        child.outputStream.close()
        val told = child.inputStream.bufferedReader().readText()
        check(child.waitFor() == 0) { "${words.toList()}: $told ${log.readText()}" }
        return told.trim()
    }

    /** The line of an invite for a new person of this name; the register knows each name once. */
    fun invite(
        name: String,
        role: String,
        vararg more: String,
    ): String = field(run("hub", "--data", "$data", "invite", "--new-person", "$name ${invited.incrementAndGet()}", "--role", role, "--scope", "project", *more), "line")

    fun revoke(device: String) {
        run("hub", "--data", "$data", "revoke", device, "--why", "lost")
    }

    /** The files that the hub keeps under their SHA-256. */
    fun originals(): List<Path> =
        Files.walk(data).use { all -> all.filter { Files.isRegularFile(it) && Regex("[0-9a-f]{64}").matches("${it.fileName}") }.toList() }

    /** The hub answers nothing any more, as one behind a dead link: connections open and nothing comes. */
    fun stall() = signal("STOP")

    fun goOn() = signal("CONT")

    private fun signal(name: String) {
        check(ProcessBuilder("kill", "-$name", "${process.pid()}").start().waitFor() == 0)
    }

    override fun close() {
        goOn()
        process.destroy()
        if (!process.waitFor(10, TimeUnit.SECONDS)) process.destroyForcibly()
        @OptIn(kotlin.io.path.ExperimentalPathApi::class)
        folder.deleteRecursively()
    }
}

const val NOTICE = "privacy_notice"

/** A store that has joined the hub in a role and holds its records. */
fun Hub.joined(
    role: String = "inspector",
    surroundings: Surroundings = Surroundings(),
    dir: Path = fresh("store"),
): FieldStore {
    val store = FieldStore.open("$dir", surroundings)
    store.enrol(invite("林涛", role), "test", "jvm", store.notice(NOTICE).version)
    store.synced()
    return store
}

/** Syncs to the end. */
fun FieldStore.synced(): SyncDoneView {
    val task = sync(SyncOptions(), null)
    check(task.wait(120_000u)) { "a sync that does not end" }
    return task.outcome()!!
}

/** A snag that can always be recorded. */
fun snagOf(
    unit: Id,
    words: String = "",
    photos: List<String> = emptyList(),
) = NewSnag(unit = unit, room = "living", element = "floor", defect = "hollow", severity = "minor", finding = words, photos = photos)

/** The error of a call that must fail. */
fun refused(work: () -> Unit): KeyturnException.Told =
    try {
        work()
        throw AssertionError("it was not refused")
    } catch (told: KeyturnException.Told) {
        told
    }

fun open(folder: File) = FieldStore.open(folder.path, Surroundings())
