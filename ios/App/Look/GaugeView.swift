import KeyturnModels
import SwiftUI

/// The scale with its limit and the points on it: a circle keeps the limit, a cross does not, an empty ring is being typed.
struct GaugeView: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    @ScaledMetric(relativeTo: .footnote) private var type: CGFloat = 13
    let gauge: Gauge
    let limit: String

    var body: some View {
        Canvas { context, size in draw(in: context, size) }
            .frame(height: type * 5 + 24)
            .accessibilityElement(children: .ignore)
            .accessibilityLabel(
                words(
                    "app-gauge",
                    ["from": words.milli(gauge.range.lowerBound), "to": words.milli(gauge.range.upperBound), "limit": limit]
                )
            )
    }

    private func draw(in context: GraphicsContext, _ size: CGSize) {
        let inset: CGFloat = 12
        let width = size.width - 2 * inset
        let x = { (share: Double) in inset + width * share }
        let base = size.height - type * 1.8
        let top = base - 18
        let good = CGRect(x: x(gauge.good.lowerBound), y: top, width: x(gauge.good.upperBound) - x(gauge.good.lowerBound), height: 18)
        context.fill(Path(CGRect(x: inset, y: top, width: width, height: 18)), with: .color(palette.warnSoft))
        context.fill(Path(good), with: .color(palette.okSoft))
        line(in: context, CGPoint(x: inset, y: base), CGPoint(x: inset + width, y: base), palette.inkSoft, 2)
        for tick in gauge.ticks {
            line(in: context, CGPoint(x: x(tick.share), y: base), CGPoint(x: x(tick.share), y: base + 6), palette.inkSoft, 1.5)
            let number = Text(words.milli(tick.milli)).font(.kCaption).foregroundStyle(palette.inkSoft)
            context.draw(number, at: CGPoint(x: x(tick.share), y: base + 8 + type * 0.6))
        }
        for bound in gauge.limits {
            line(in: context, CGPoint(x: x(bound.share), y: top - 8), CGPoint(x: x(bound.share), y: base + 6), palette.ink, 3)
            let number = Text(words.milli(bound.milli)).font(.kCaption.weight(.bold)).foregroundStyle(palette.ink)
            context.draw(number, at: CGPoint(x: x(bound.share), y: top - 10 - type * 0.6))
        }
        for point in gauge.points { mark(point, in: context, CGPoint(x: x(point.share), y: top + 9), above: top - 10 - type * 2) }
    }

    private func mark(_ point: Gauge.Point, in context: GraphicsContext, _ at: CGPoint, above: CGFloat) {
        let colour = point.outside ? palette.danger : palette.ok
        let box = CGRect(x: at.x - 8, y: at.y - 8, width: 16, height: 16)
        if point.outside {
            line(in: context, CGPoint(x: box.minX, y: box.minY), CGPoint(x: box.maxX, y: box.maxY), colour, 3.5)
            line(in: context, CGPoint(x: box.minX, y: box.maxY), CGPoint(x: box.maxX, y: box.minY), colour, 3.5)
        } else if point.typed {
            context.stroke(Path(ellipseIn: box), with: .color(colour), lineWidth: 3)
        } else {
            context.fill(Path(ellipseIn: box), with: .color(colour))
        }
        if point.times > 1 {
            let times = Text(verbatim: "×\(point.times)").font(.kCaption.weight(.bold)).foregroundStyle(colour)
            context.draw(times, at: CGPoint(x: at.x, y: above))
        }
    }

    private func line(in context: GraphicsContext, _ from: CGPoint, _ to: CGPoint, _ colour: Color, _ width: CGFloat) {
        var path = Path()
        path.move(to: from)
        path.addLine(to: to)
        context.stroke(path, with: .color(colour), style: StrokeStyle(lineWidth: width, lineCap: .round))
    }
}
