package app.keyturn.ui.look

import androidx.compose.runtime.Composable
import androidx.compose.runtime.ReadOnlyComposable
import androidx.compose.runtime.staticCompositionLocalOf

/** The words of one language: the core's, by key. Nothing on a screen is written in a screen. */
interface Words {
    /** `zh-CN` or `en`. */
    val tag: String

    fun say(key: String, args: Map<String, String> = emptyMap()): String
}

val LocalWords = staticCompositionLocalOf<Words> { error("no words: put the screen into KeyturnTheme") }

/** The words for [key] in the reader's language. */
@Composable
@ReadOnlyComposable
fun say(key: String, vararg args: Pair<String, Any>): String = LocalWords.current.say(key, args.associate { (name, value) -> name to value.toString() })
