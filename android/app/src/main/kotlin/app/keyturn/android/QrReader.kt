package app.keyturn.android

import android.graphics.Bitmap
import com.google.zxing.BinaryBitmap
import com.google.zxing.DecodeHintType
import com.google.zxing.LuminanceSource
import com.google.zxing.RGBLuminanceSource
import com.google.zxing.ReaderException
import com.google.zxing.common.GlobalHistogramBinarizer
import com.google.zxing.common.HybridBinarizer
import com.google.zxing.qrcode.QRCodeReader

/** Finds a QR code in a photograph. */
object QrReader {
    /** Fine enough for a code that fills a fifth of the picture, small enough to be quick. */
    private val sizesPx = listOf(1_600, 800)
    private val hints = mapOf(DecodeHintType.TRY_HARDER to true, DecodeHintType.CHARACTER_SET to "UTF-8")

    /** What the code in the file says; `null` when none is to be seen. */
    fun read(path: String): String? = sizesPx.firstNotNullOfOrNull { size -> PhonePictures.bitmap(path, size)?.let { read(it) } }

    private fun read(bitmap: Bitmap): String? {
        val pixels = IntArray(bitmap.width * bitmap.height)
        bitmap.getPixels(pixels, 0, bitmap.width, 0, 0, bitmap.width, bitmap.height)
        val source = RGBLuminanceSource(bitmap.width, bitmap.height, pixels)
        // From a screen the code may come inverted (dark mode); shade on paper wants the local threshold, glare the global one.
        return sequenceOf<LuminanceSource>(source, source.invert())
            .flatMap { sequenceOf(BinaryBitmap(HybridBinarizer(it)), BinaryBitmap(GlobalHistogramBinarizer(it))) }
            .firstNotNullOfOrNull { decode(it) }
    }

    private fun decode(bitmap: BinaryBitmap): String? = try {
        QRCodeReader().decode(bitmap, hints).text
    } catch (_: ReaderException) {
        null
    }
}
