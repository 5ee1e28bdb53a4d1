package app.keyturn.android

import kotlinx.coroutines.CompletableDeferred

/** One question that another app answers, perhaps to the next Activity of this process. */
class Question<T : Any> {
    private var waiting: CompletableDeferred<T>? = null

    /** Whether somebody waits for the answer. */
    val isAsked: Boolean @Synchronized get() = waiting != null

    /** Asks through [put] and waits. A question that is still open is answered as [otherwise]: only the last one counts. */
    suspend fun ask(otherwise: T, put: suspend () -> Unit): T {
        val mine = CompletableDeferred<T>()
        val before = synchronized(this) { waiting.also { waiting = mine } }
        before?.complete(otherwise)
        try {
            put()
            return mine.await()
        } finally {
            synchronized(this) { if (waiting === mine) waiting = null }
        }
    }

    /** Gives the answer; whether somebody had waited for it. */
    fun answer(value: T): Boolean {
        val asked = synchronized(this) { waiting.also { waiting = null } } ?: return false
        return asked.complete(value)
    }
}

/** What is asked of other apps. */
class Questions {
    /** Whether the camera wrote a picture. */
    val camera = Question<Boolean>()

    /** The pictures chosen, as the picker names them. */
    val pictures = Question<List<String>>()

    /** Whether the person unlocked the device. */
    val lock = Question<Boolean>()
}
