package app.keyturn.ui

import java.io.File
import java.nio.file.Files
import java.util.concurrent.TimeUnit
import kotlin.io.path.absolutePathString

/** A hub as it is shipped: the command `keyturn` in a process of its own, a fresh folder, the register of the sample project. */
class RealHub : AutoCloseable {
    private val folder = Files.createTempDirectory(File(scratch).toPath(), "hub")
    private val data = folder.resolve("hub").absolutePathString()
    private val process: Process

    init {
        val ready = folder.resolve("ready.log").toFile()
        process =
            ProcessBuilder(bin, "hub", "--data", data, "--listen", "127.0.0.1:0", "--project", "云溪雅苑一期", "--zone", "Asia/Shanghai", "--json")
                .redirectErrorStream(true)
                .redirectOutput(ready)
                .start()
        while (!ready.readText().contains("\"url\"")) {
            check(process.isAlive) { "the hub ended: ${ready.readText()}" }
            Thread.sleep(50)
        }
        val register = folder.resolve("register").absolutePathString()
        run("sample-register", register)
        run("import", register, "--data", data)
    }

    /** The line of an invite for a new person. */
    fun invite(name: String, role: String, scope: String): String {
        val kind = if (role == "repair_team") "crew" else "staff"
        val answer = run("hub", "--data", data, "invite", "--new-person", name, "--role", role, "--scope", scope, "--kind", kind)
        return Regex("\"line\":\"([^\"]+)\"").find(answer)?.groupValues?.get(1) ?: error("no invite: $answer")
    }

    /** A clerk's own device, driven by `keyturn field`; it joins when it is first needed. */
    private val office: String by lazy {
        folder.resolve("office").absolutePathString().also { store ->
            run("field", "--store", store, "enrol", invite("王敏", "clerk", "project"))
            run("field", "--store", store, "sync")
        }
    }

    /** The office does some things, one after the other, and sends them. */
    fun office(vararg acts: List<String>) {
        run("field", "--store", office, "sync")
        for (act in acts) run("field", "--store", office, *act.toTypedArray())
        run("field", "--store", office, "sync")
    }

    /** The office makes a home ready and agrees the time of the walk with its escort. */
    fun appoint(door: String, escort: String, at: String) = office(
        *listOf("quality", "cleaning", "documents").map { listOf("handover", "precheck", door, it) }.toTypedArray(),
        listOf("handover", "appoint", door, "--escort", escort, "--at", at),
    )

    /** The office orders repairs from a crew. */
    fun order(snags: List<String>, crew: String, dueOn: String) = office(
        *snags.map { listOf("snag", "order", it, "--contractor", crew, "--due-on", dueOn) }.toTypedArray(),
    )

    /** Takes a device out. */
    fun revoke(device: String) {
        run("hub", "--data", data, "revoke", device, "--why", "设备报失")
    }

    /** A photograph as a camera makes it, other bytes for each number. */
    fun photographs(count: Int): List<String> {
        val dir = folder.resolve("photos-$count-${System.nanoTime()}").absolutePathString()
        run("sample-photos", dir, "--count", "$count", "--width-px", "1600", "--height-px", "1200")
        return File(dir).listFiles()!!.map { it.path }.sorted()
    }

    /** The sizes of the originals that the hub holds, by their digest. */
    fun originals(): Map<String, Long> = File(data)
        .walkTopDown()
        .filter { it.isFile && Regex("[0-9a-f]{64}").matches(it.name) }
        .associate { it.name to it.length() }

    private fun run(vararg words: String): String {
        val out = folder.resolve("out-${System.nanoTime()}.txt").toFile()
        val ran = ProcessBuilder(bin, *words, "--json").redirectErrorStream(true).redirectOutput(out).start()
        check(ran.waitFor(120, TimeUnit.SECONDS)) { "keyturn ${words[0]} does not end" }
        check(ran.exitValue() == 0) { "keyturn ${words.joinToString(" ")}: ${out.readText()}" }
        return out.readText()
    }

    override fun close() {
        process.destroy()
        if (!process.waitFor(20, TimeUnit.SECONDS)) process.destroyForcibly()
    }

    companion object {
        val bin: String = System.getProperty("keyturn.bin") ?: error("keyturn.bin is not set: run through `cargo xtask test kotlin`")
        val scratch: String = File(System.getProperty("keyturn.scratch") ?: "target").apply { mkdirs() }.path
        val root: File = File(System.getProperty("keyturn.root") ?: "../..")
    }
}
