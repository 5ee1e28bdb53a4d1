package app.keyturn.ui.desktop

import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.toComposeImageBitmap
import app.keyturn.ui.parts.Pictures
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import org.jetbrains.skia.Image
import org.jetbrains.skia.Rect
import org.jetbrains.skia.SamplingMode
import org.jetbrains.skia.Surface
import java.io.File

/** Pictures through Skia, scaled down as they are decoded. A file that is none is `null`. */
class Decoder(private val on: CoroutineDispatcher = Dispatchers.IO) : Pictures {
    override suspend fun load(path: String, mostPx: Int): ImageBitmap? = withContext(on) {
        runCatching {
            val image = Image.makeFromEncoded(File(path).readBytes())
            val scale = minOf(1f, mostPx.toFloat() / maxOf(image.width, image.height))
            if (scale == 1f) return@runCatching image.toComposeImageBitmap()
            val (w, h) = (image.width * scale).toInt().coerceAtLeast(1) to (image.height * scale).toInt().coerceAtLeast(1)
            val surface = Surface.makeRasterN32Premul(w, h)
            surface.canvas.drawImageRect(
                image,
                Rect.makeWH(image.width.toFloat(), image.height.toFloat()),
                Rect.makeWH(w.toFloat(), h.toFloat()),
                SamplingMode.MITCHELL,
                null,
                true,
            )
            surface.makeImageSnapshot().toComposeImageBitmap()
        }.getOrNull()
    }
}
