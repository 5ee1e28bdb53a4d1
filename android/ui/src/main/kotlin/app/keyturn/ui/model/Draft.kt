package app.keyturn.ui.model

import app.keyturn.core.FieldStore
import java.io.StringReader
import java.io.StringWriter
import java.util.Properties

/**
 * What a screen holds before it is recorded: kept in the store with every keystroke and stroke, so that nothing typed is lost when the
 * process dies. Local to this device, never a record.
 */
class Draft(private val store: FieldStore, private val name: String) {
    private val values: Properties =
        Properties().apply { store.draft(name)?.let { load(StringReader(it.decodeToString())) } }

    operator fun get(key: String): String = values.getProperty(key).orEmpty()

    fun list(key: String): List<String> = this[key].split('\n').filter { it.isNotEmpty() }

    /** Changes some values; durable when it returns. An empty value is none. */
    fun set(vararg changes: Pair<String, String>) {
        for ((key, value) in changes) if (value.isEmpty()) values.remove(key) else values.setProperty(key, value)
        keep()
    }

    fun clear() {
        values.clear()
        keep()
    }

    val isEmpty: Boolean get() = values.isEmpty

    private fun keep() {
        if (values.isEmpty) {
            store.setDraft(name, ByteArray(0))
        } else {
            store.setDraft(name, StringWriter().also { values.store(it, null) }.toString().encodeToByteArray())
        }
    }
}
