package app.keyturn.android

import android.graphics.Bitmap
import android.graphics.BitmapFactory
import android.graphics.ImageDecoder
import android.graphics.Matrix
import android.media.ExifInterface
import android.os.Build
import androidx.annotation.RequiresApi
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.asImageBitmap
import app.keyturn.ui.parts.Pictures
import kotlinx.coroutines.CoroutineDispatcher
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import java.io.File
import java.io.IOException

/** Pictures of files, no larger than asked and the right way up; HEIC too where the phone has it. A file that is none is `null`. */
class PhonePictures(private val on: CoroutineDispatcher = Dispatchers.IO) : Pictures {
    override suspend fun load(path: String, mostPx: Int): ImageBitmap? = withContext(on) { bitmap(path, mostPx)?.asImageBitmap() }

    companion object {
        fun bitmap(path: String, mostPx: Int): Bitmap? = try {
            if (Build.VERSION.SDK_INT >= 28) decoded(path, mostPx) else scaled(path, mostPx)
        } catch (_: IOException) {
            null
        } catch (_: OutOfMemoryError) {
            // One picture that is too large for now is one that cannot be shown.
            null
        }

        @RequiresApi(28)
        private fun decoded(path: String, mostPx: Int): Bitmap = ImageDecoder.decodeBitmap(ImageDecoder.createSource(File(path))) { decoder, info, _ ->
            decoder.allocator = ImageDecoder.ALLOCATOR_SOFTWARE
            decoder.setTargetSampleSize(times(info.size.width, info.size.height, mostPx))
        }

        private fun scaled(path: String, mostPx: Int): Bitmap? {
            val size = BitmapFactory.Options().apply { inJustDecodeBounds = true }
            BitmapFactory.decodeFile(path, size)
            if (size.outWidth <= 0) return null
            val options = BitmapFactory.Options().apply { inSampleSize = times(size.outWidth, size.outHeight, mostPx) }
            val bitmap = BitmapFactory.decodeFile(path, options) ?: return null
            val turn =
                when (ExifInterface(path).getAttributeInt(ExifInterface.TAG_ORIENTATION, ExifInterface.ORIENTATION_NORMAL)) {
                    ExifInterface.ORIENTATION_ROTATE_90 -> 90f
                    ExifInterface.ORIENTATION_ROTATE_180 -> 180f
                    ExifInterface.ORIENTATION_ROTATE_270 -> 270f
                    else -> return bitmap
                }
            return Bitmap.createBitmap(bitmap, 0, 0, bitmap.width, bitmap.height, Matrix().apply { postRotate(turn) }, true)
        }

        /** By which power of two both sides are divided, so that the longer one is at most [mostPx]. */
        internal fun times(width: Int, height: Int, mostPx: Int): Int {
            var times = 1
            while (maxOf(width, height) / times > mostPx) times *= 2
            return times
        }
    }
}
