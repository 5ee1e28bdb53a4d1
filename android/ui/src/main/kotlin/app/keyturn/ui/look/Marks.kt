package app.keyturn.ui.look

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.layout.size
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.CornerRadius
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.Path
import androidx.compose.ui.graphics.StrokeCap
import androidx.compose.ui.graphics.StrokeJoin
import androidx.compose.ui.graphics.drawscope.DrawScope
import androidx.compose.ui.graphics.drawscope.Stroke
import androidx.compose.ui.graphics.drawscope.scale
import androidx.compose.ui.graphics.vector.PathParser
import androidx.compose.ui.unit.Dp
import androidx.compose.ui.unit.dp

/** The marks of the grammar: circles say how far the work is, squares where the evidence is, triangles time. Drawn, because fonts differ. */
enum class Mark(val key: String) {
    Recorded("recorded"),
    Ordered("ordered"),
    InWork("in_work"),
    Done("done"),
    Rejected("rejected"),
    Confirmed("confirmed"),
    Overdue("overdue"),
    DueSoon("due_soon"),
    OnDevice("on_device"),
    Sending("sending"),
    Safe("safe"),
    ;

    val isProof: Boolean get() = this == OnDevice || this == Sending || this == Safe

    fun colour(palette: Palette): Color = if (isProof) ProofColours.of(key, palette) else StateColours.of(key, palette)

    /** The soft ground that goes with it. */
    fun ground(palette: Palette): Color = when (colour(palette)) {
        palette.ok -> palette.okSoft
        palette.warn -> palette.warnSoft
        palette.danger -> palette.dangerSoft
        palette.info -> palette.infoSoft
        palette.brass -> palette.brassSoft
        else -> palette.surfaceSunken
    }
}

/** Marks and icons are drawn on a grid of 24 units. */
private const val GRID = 24f

@Composable
fun MarkView(mark: Mark, size: Dp = 18.dp, colour: Color = mark.colour(Look.palette), ground: Color = Look.palette.surface) {
    Canvas(Modifier.size(size)) { mark(mark, colour, ground) }
}

fun DrawScope.mark(mark: Mark, colour: Color, ground: Color) = scale(size.minDimension / GRID, size.minDimension / GRID, Offset.Zero) {
    val centre = Offset(12f, 12f)
    val line = Stroke(2.4f)

    fun ring() = drawCircle(colour, 9f, centre, style = line)

    fun pie(from: Float, sweep: Float) = drawArc(colour, from, sweep, true, Offset(5f, 5f), Size(14f, 14f))

    fun square() = drawRoundRect(colour, Offset(4f, 4f), Size(16f, 16f), CornerRadius(2f), style = line)

    fun path(colour: Color, width: Float, vararg points: Float) {
        val path = Path()
        for (i in points.indices step 2) if (i == 0) path.moveTo(points[0], points[1]) else path.lineTo(points[i], points[i + 1])
        drawPath(path, colour, style = Stroke(width, cap = StrokeCap.Round, join = StrokeJoin.Round))
    }

    fun triangle(): Path = Path().apply {
        moveTo(12f, 2.6f)
        lineTo(22.4f, 21f)
        lineTo(1.6f, 21f)
        close()
    }
    when (mark) {
        Mark.Recorded -> {
            ring()
        }

        Mark.Ordered -> {
            ring()
            pie(-90f, 90f)
        }

        Mark.InWork -> {
            ring()
            pie(-90f, 180f)
        }

        Mark.Done -> {
            ring()
            pie(-90f, -270f)
        }

        Mark.Rejected -> {
            drawCircle(colour, 10.2f, centre)
            path(ground, 2.8f, 8f, 8f, 16f, 16f)
            path(ground, 2.8f, 16f, 8f, 8f, 16f)
        }

        Mark.Confirmed -> {
            drawCircle(colour, 10.2f, centre)
            path(ground, 2.8f, 7.2f, 12.4f, 10.5f, 15.7f, 16.8f, 8.7f)
        }

        Mark.Overdue -> {
            drawPath(triangle(), colour)
            drawPath(triangle(), colour, style = Stroke(1.5f, join = StrokeJoin.Round))
            path(ground, 2.8f, 12f, 8.8f, 12f, 14.4f)
            drawCircle(ground, 1.6f, Offset(12f, 18f))
        }

        Mark.DueSoon -> {
            drawPath(triangle(), colour, style = Stroke(2.2f, join = StrokeJoin.Round))
            path(colour, 2.4f, 12f, 9.6f, 12f, 14.2f)
            drawCircle(colour, 1.4f, Offset(12f, 17.6f))
        }

        Mark.OnDevice -> {
            square()
        }

        Mark.Sending -> {
            square()
            path(colour, 2.2f, 12f, 17f, 12f, 8.2f)
            path(colour, 2.2f, 8.4f, 11.2f, 12f, 7.6f, 15.6f, 11.2f)
        }

        Mark.Safe -> {
            square()
            drawRoundRect(colour, Offset(8f, 8f), Size(8f, 8f), CornerRadius(1f))
        }
    }
}

/** Line icons, as path data on the same grid. */
enum class Icon(val data: String) {
    Back("M14.5 5l-7 7 7 7"),
    Forward("M9 5l7 7-7 7"),
    Close("M6 6l12 12M18 6L6 18"),
    Check("M5 12.5l4.6 4.6L19 7.4"),
    Plus("M12 5v14M5 12h14"),
    Minus("M5 12h14"),
    Down("M6 9.5l6 6 6-6"),
    Camera("M4 8h3.2l1.6-2.6h6.4L16.8 8H20v11H4zM12 16.4a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4z"),
    Search("M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.3 15.3L20 20"),
    Plan("M4 4h16v16H4zM4 11h7M11 4v4M11 11v4M11 19.5V18M15 11h5"),
    List("M9 6.5h11M9 12h11M9 17.5h11M4.5 6.5h.01M4.5 12h.01M4.5 17.5h.01"),
    Document("M6 3.5h8l4 4v13H6zM14 3.5v4h4M9 12h6M9 16h6"),
    Pen("M4.5 19.5l1-4L16.4 4.6l3 3L8.5 18.5z"),
    Arrow("M5 19L18 6M9.5 5.5h9v9"),
    Circle("M12 19.5a7.5 7.5 0 1 0 0-15 7.5 7.5 0 0 0 0 15z"),
    Letter("M5 6.5V5h14v1.5M12 5v14M9.5 19h5"),
    Undo("M8.5 5.5L4.5 9.5l4 4M4.5 9.5H14a5 5 0 0 1 0 10H9"),
    Redo("M15.5 5.5l4 4-4 4M19.5 9.5H10a5 5 0 0 0 0 10h5"),
    Pin("M12 21s6.5-6.2 6.5-11a6.5 6.5 0 0 0-13 0c0 4.8 6.5 11 6.5 11zM12 12.4a2.4 2.4 0 1 0 0-4.8 2.4 2.4 0 0 0 0 4.8z"),
    Lock("M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3"),
    Calendar("M4.5 6h15v14h-15zM4.5 10.5h15M8.5 3.5V7M15.5 3.5V7"),
    Wifi("M3.5 9.5a12 12 0 0 1 17 0M6.5 13a7.8 7.8 0 0 1 11 0M9.5 16.2a3.6 3.6 0 0 1 5 0M12 19.5v.01"),
    Retry("M19 8.5A7.5 7.5 0 1 0 19.5 13M19.5 4.5v4.5H15"),
    Ask("M5 5h14v11h-7l-4 4v-4H5z"),
    Phone("M6 4h4l1.5 4.5-2 1.5a9 9 0 0 0 4.5 4.5l1.5-2L20 14v4c0 1-1 2-2 2C10.5 19.5 4.5 13.5 4 6c0-1 1-2 2-2z"),
    Out("M12 15V4M8 8l4-4 4 4M5 14v6h14v-6"),
    Backspace("M9 6h11v12H9l-5.5-6zM12.5 9.8l4.4 4.4M16.9 9.8l-4.4 4.4"),
    Key("M8 15.5a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM12 11.5h8.5M17.5 11.5v3.5"),
    Disk("M4 14h16v5H4zM4 14l2.5-9h11L20 14M16.5 16.5h.01"),
    Layers("M12 4l8.5 4.5L12 13 3.5 8.5zM4 13l8 4.2L20 13"),
    Copy("M8 8h11v12H8zM5 16V4h11"),
    Flash("M13 3L6 13.5h5L10 21l7-10.5h-5z"),
}

@Composable
fun IconView(icon: Icon, size: Dp = 24.dp, colour: Color = Look.palette.ink, weight: Float = 2f) {
    val path = remember(icon) { PathParser().parsePathString(icon.data).toPath() }
    Canvas(Modifier.size(size)) {
        scale(this.size.minDimension / GRID, this.size.minDimension / GRID, Offset.Zero) {
            drawPath(path, colour, style = Stroke(weight, cap = StrokeCap.Round, join = StrokeJoin.Round))
        }
    }
}
