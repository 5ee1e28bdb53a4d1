package app.keyturn.ui.parts

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.Image
import androidx.compose.foundation.background
import androidx.compose.foundation.border
import androidx.compose.foundation.gestures.awaitEachGesture
import androidx.compose.foundation.gestures.awaitFirstDown
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.fillMaxSize
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.sizeIn
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.runtime.Composable
import androidx.compose.runtime.Immutable
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateListOf
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.produceState
import androidx.compose.runtime.remember
import androidx.compose.runtime.rememberUpdatedState
import androidx.compose.runtime.setValue
import androidx.compose.runtime.staticCompositionLocalOf
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.geometry.CornerRadius
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.Path
import androidx.compose.ui.graphics.PathEffect
import androidx.compose.ui.graphics.StrokeCap
import androidx.compose.ui.graphics.StrokeJoin
import androidx.compose.ui.graphics.drawscope.DrawScope
import androidx.compose.ui.graphics.drawscope.Stroke
import androidx.compose.ui.input.pointer.pointerInput
import androidx.compose.ui.layout.ContentScale
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp
import app.keyturn.ui.look.Icon
import app.keyturn.ui.look.IconView
import app.keyturn.ui.look.Look
import app.keyturn.ui.look.Mark
import app.keyturn.ui.look.MarkView
import app.keyturn.ui.look.Radius
import app.keyturn.ui.look.say

/** Turns a picture file into pixels no larger than asked; `null` when it cannot be shown. Called away from the screen's thread. */
fun interface Pictures {
    suspend fun load(path: String, mostPx: Int): ImageBitmap?
}

val LocalPictures = staticCompositionLocalOf<Pictures> { Pictures { _, _ -> null } }

private sealed interface Loaded {
    data object Waiting : Loaded

    data object Broken : Loaded

    data class Here(val picture: ImageBitmap) : Loaded
}

/** A picture from a file: grey while it loads, dashed with a page when it cannot be shown. It never blocks anything. */
@Composable
fun Picture(
    path: String?,
    name: String,
    modifier: Modifier = Modifier,
    mostPx: Int = 512,
    scale: ContentScale = ContentScale.Crop,
    alpha: Float = 1f,
    onRatio: (Float) -> Unit = {},
) {
    val palette = Look.palette
    val pictures = LocalPictures.current
    val loaded by produceState<Loaded>(Loaded.Waiting, path, mostPx) {
        value = if (path == null) Loaded.Broken else pictures.load(path, mostPx)?.let { Loaded.Here(it) } ?: Loaded.Broken
    }
    LaunchedEffect(loaded) { (loaded as? Loaded.Here)?.let { onRatio(it.picture.width.toFloat() / it.picture.height) } }
    val named = modifier.semantics { contentDescription = name }
    when (val now = loaded) {
        is Loaded.Here -> {
            Image(now.picture, null, named, contentScale = scale, alpha = alpha)
        }

        Loaded.Waiting -> {
            Box(named.background(palette.surfaceSunken))
        }

        Loaded.Broken -> {
            Centre(named.background(palette.warnSoft)) {
                Canvas(Modifier.matchParentSize()) {
                    val dash = PathEffect.dashPathEffect(floatArrayOf(8f, 6f))
                    drawRoundRect(palette.warn, cornerRadius = CornerRadius(8.dp.toPx()), style = Stroke(2.dp.toPx(), pathEffect = dash))
                }
                IconView(Icon.Document, colour = palette.warn)
            }
        }
    }
}

@Immutable
data class PhotoTileState(val id: String, val path: String?, val mark: Mark?, val drawn: Boolean, val where: String)

@Composable
fun PhotoTile(photo: PhotoTileState, number: Int, of: Int, width: Dp = 89.dp, height: Dp = 112.dp, onTap: () -> Unit) {
    val palette = Look.palette
    val name = say("app-photo-n", "n" to number, "of" to of, "where" to photo.where) + if (photo.drawn) ", " + say("app-photo-drawn") else ""
    Box(Modifier.size(width, height).clip(RoundedCornerShape(Radius.chip)).tap(name, "photo-$number", onTap = onTap)) {
        Picture(photo.path, name, Modifier.fillMaxSize())
        Box(Modifier.padding(5.dp).clip(RoundedCornerShape(6.dp)).background(Color(0xCC0F1514)).padding(horizontal = 6.dp)) {
            Line("$number", style = Look.captionBold, colour = Color.White)
        }
        val corner = Modifier.padding(5.dp).clip(RoundedCornerShape(6.dp)).background(palette.surface).padding(3.dp)
        if (photo.drawn) Box(corner.align(Alignment.BottomStart)) { IconView(Icon.Pen, 16.dp) }
        if (photo.mark != null) Box(corner.align(Alignment.BottomEnd)) { MarkView(photo.mark, 16.dp) }
    }
}

/** The tile that opens the camera. */
@Composable
fun CameraTile(text: String, tag: String = "camera", width: Dp = 89.dp, height: Dp = 112.dp, onTap: () -> Unit) {
    val palette = Look.palette
    val shape = RoundedCornerShape(Radius.chip)
    Column(
        Modifier
            .clip(shape)
            .background(palette.surface)
            .border(2.dp, palette.primary, shape)
            .tap(tag = tag, onTap = onTap)
            .sizeIn(minWidth = width, minHeight = height)
            .padding(6.dp),
        Arrangement.spacedBy(4.dp, Alignment.CenterVertically),
        Alignment.CenterHorizontally,
    ) {
        IconView(Icon.Camera, 28.dp, palette.primary)
        Line(text, style = Look.bodyBold, colour = palette.primary)
    }
}

/** A point of a stroke: fractions of the pad in millionths, and when, in milliseconds since the stroke began. */
@Immutable
data class Ink(val xPpm: Int, val yPpm: Int, val ms: Long)

/** The pad: frame, base line, each stroke given out when the finger lifts. Fractions, so that it survives another size of screen. */
@Composable
fun SignaturePad(strokes: List<List<Ink>>, modifier: Modifier = Modifier, onStroke: (List<Ink>) -> Unit) {
    val palette = Look.palette
    val shape = RoundedCornerShape(Radius.card)
    val name = say("app-sign-pad", "count" to strokes.size)
    val running = remember { mutableStateListOf<Ink>() }
    val ended by rememberUpdatedState(onStroke)
    Canvas(
        modifier
            .clip(shape)
            .background(palette.surface)
            .border(2.dp, palette.inkSoft, shape)
            .testTag("signature-pad")
            .semantics { contentDescription = name }
            .pointerInput(Unit) {
                awaitEachGesture {
                    val down = awaitFirstDown()
                    val begun = down.uptimeMillis
                    val ink = { at: Offset, ms: Long -> Ink(ppm(at.x, size.width), ppm(at.y, size.height), ms - begun) }
                    running.clear()
                    running.add(ink(down.position, begun))
                    do {
                        val event = awaitPointerEvent()
                        for (change in event.changes.filter { it.id == down.id && it.pressed }) {
                            running.add(ink(change.position, change.uptimeMillis))
                            change.consume()
                        }
                    } while (event.changes.any { it.pressed })
                    if (running.size > 1) ended(running.toList())
                    running.clear()
                }
            },
    ) {
        val y = size.height * 0.82f
        drawLine(palette.outline, Offset(size.width * 0.05f, y), Offset(size.width * 0.95f, y), 2.dp.toPx())
        for (stroke in strokes) ink(stroke, palette.ink)
        ink(running, palette.ink)
    }
}

internal fun ppm(at: Float, of: Int): Int = (at.toDouble() / of.coerceAtLeast(1) * 1_000_000).toInt().coerceIn(0, 1_000_000)

private fun DrawScope.ink(stroke: List<Ink>, colour: Color) {
    if (stroke.isEmpty()) return
    val path = Path()
    stroke.forEachIndexed { i, at ->
        val x = at.xPpm / 1e6f * size.width
        val y = at.yPpm / 1e6f * size.height
        if (i == 0) path.moveTo(x, y) else path.lineTo(x, y)
    }
    drawPath(path, colour, style = Stroke(3.5.dp.toPx(), cap = StrokeCap.Round, join = StrokeJoin.Round))
}
