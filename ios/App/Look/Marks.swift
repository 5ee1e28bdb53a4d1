import SwiftUI

/// Circle: the state of the work. Drawn and not typed, because fonts differ.
struct StateMark: View {
    @Environment(\.palette) private var palette
    /// `recorded`, `ordered`, `in_work`, `done`, `rejected`, `confirmed`.
    let state: String
    var size: CGFloat = 18

    var body: some View {
        let colour = palette.state(state)
        ZStack {
            if state == "rejected" || state == "confirmed" {
                Circle().fill(colour)
                (state == "rejected" ? AnyShape(CrossShape()) : AnyShape(CheckShape()))
                    .stroke(palette.surface, style: StrokeStyle(lineWidth: size / 8, lineCap: .round, lineJoin: .round))
                    .padding(size * 0.28)
            } else {
                Circle().strokeBorder(colour, lineWidth: size / 9)
                Slice(share: share).fill(colour).padding(size * 0.2)
            }
        }
        .frame(width: size, height: size)
        .accessibilityHidden(true)
    }

    private var share: Double {
        switch state {
        case "ordered": 0.25
        case "in_work": 0.5
        case "done": 0.75
        default: 0
        }
    }
}

/// Square: where the evidence is.
struct ProofMark: View {
    @Environment(\.palette) private var palette
    /// `on_device`, `sending`, `safe`.
    let proof: String
    var size: CGFloat = 18

    var body: some View {
        let colour = palette.proof(proof)
        ZStack {
            RoundedRectangle(cornerRadius: size / 6).strokeBorder(colour, lineWidth: size / 9)
            switch proof {
            case "safe": RoundedRectangle(cornerRadius: size / 12).fill(colour).padding(size * 0.3)
            case "sending":
                ArrowUp().stroke(colour, style: StrokeStyle(lineWidth: size / 10, lineCap: .round, lineJoin: .round)).padding(size * 0.28)
            default: EmptyView()
            }
        }
        .frame(width: size, height: size)
        .accessibilityHidden(true)
    }
}

/// Triangle: time. It stands beside the state and never in its place.
struct TimeMark: View {
    @Environment(\.palette) private var palette
    /// Past its date; else soon.
    let overdue: Bool
    var size: CGFloat = 18

    var body: some View {
        let colour = palette.state(overdue ? "overdue" : "due_soon")
        ZStack {
            if overdue {
                TriangleShape().fill(colour)
            } else {
                TriangleShape().stroke(colour, style: StrokeStyle(lineWidth: size / 10, lineJoin: .round))
            }
            Exclamation().stroke(overdue ? palette.surface : colour, style: StrokeStyle(lineWidth: size / 9, lineCap: .round))
                .padding(.top, size * 0.38).padding(.bottom, size * 0.16)
        }
        .frame(width: size, height: size)
        .accessibilityHidden(true)
    }
}

private struct Slice: Shape {
    let share: Double

    func path(in rect: CGRect) -> Path {
        var path = Path()
        guard share > 0 else { return path }
        let centre = CGPoint(x: rect.midX, y: rect.midY)
        path.move(to: centre)
        path.addArc(
            center: centre,
            radius: rect.width / 2,
            startAngle: .degrees(-90),
            endAngle: .degrees(-90 + 360 * share),
            clockwise: false
        )
        path.closeSubpath()
        return path
    }
}

/// A tick.
struct CheckShape: Shape {
    func path(in rect: CGRect) -> Path {
        var path = Path()
        path.move(to: CGPoint(x: rect.minX, y: rect.minY + rect.height * 0.55))
        path.addLine(to: CGPoint(x: rect.minX + rect.width * 0.38, y: rect.maxY - rect.height * 0.08))
        path.addLine(to: CGPoint(x: rect.maxX, y: rect.minY + rect.height * 0.12))
        return path
    }
}

/// A cross.
struct CrossShape: Shape {
    func path(in rect: CGRect) -> Path {
        var path = Path()
        path.move(to: CGPoint(x: rect.minX, y: rect.minY))
        path.addLine(to: CGPoint(x: rect.maxX, y: rect.maxY))
        path.move(to: CGPoint(x: rect.maxX, y: rect.minY))
        path.addLine(to: CGPoint(x: rect.minX, y: rect.maxY))
        return path
    }
}

private struct ArrowUp: Shape {
    func path(in rect: CGRect) -> Path {
        var path = Path()
        path.move(to: CGPoint(x: rect.midX, y: rect.maxY))
        path.addLine(to: CGPoint(x: rect.midX, y: rect.minY))
        path.move(to: CGPoint(x: rect.minX, y: rect.midY))
        path.addLine(to: CGPoint(x: rect.midX, y: rect.minY))
        path.addLine(to: CGPoint(x: rect.maxX, y: rect.midY))
        return path
    }
}

private struct TriangleShape: Shape {
    func path(in rect: CGRect) -> Path {
        var path = Path()
        path.move(to: CGPoint(x: rect.midX, y: rect.minY + rect.height * 0.06))
        path.addLine(to: CGPoint(x: rect.maxX, y: rect.maxY - rect.height * 0.06))
        path.addLine(to: CGPoint(x: rect.minX, y: rect.maxY - rect.height * 0.06))
        path.closeSubpath()
        return path
    }
}

private struct Exclamation: Shape {
    func path(in rect: CGRect) -> Path {
        var path = Path()
        path.move(to: CGPoint(x: rect.midX, y: rect.minY))
        path.addLine(to: CGPoint(x: rect.midX, y: rect.minY + rect.height * 0.6))
        path.move(to: CGPoint(x: rect.midX, y: rect.maxY - 0.5))
        path.addLine(to: CGPoint(x: rect.midX, y: rect.maxY))
        return path
    }
}

/// One tick per line of the checklist: tall and red is not fine, middle is fine, short is open. Always with its count in words.
struct Ruler: View {
    /// What a tick says.
    enum Tick: Sendable {
        /// No answer yet.
        case open
        /// Fine.
        case fine
        /// Not fine.
        case bad
    }

    @Environment(\.palette) private var palette
    let ticks: [Tick]
    var height: CGFloat = 28

    var body: some View {
        Canvas { context, size in
            guard !ticks.isEmpty else { return }
            let step = size.width / CGFloat(ticks.count)
            let width = min(6, max(1, step * 0.35))
            for (index, tick) in ticks.enumerated() {
                let (share, colour): (CGFloat, Color) =
                    switch tick {
                    case .open: (0.3, palette.inkSoft)
                    case .fine: (0.65, palette.primary)
                    case .bad: (1, palette.danger)
                    }
                let tall = (size.height - 2) * share
                let wide = tick == .open ? max(1, width / 3) : width
                let at = CGRect(x: (CGFloat(index) + 0.5) * step - wide / 2, y: size.height - 2 - tall, width: wide, height: tall)
                context.fill(Path(at), with: .color(colour))
            }
            context.fill(Path(CGRect(x: 0, y: size.height - 2, width: size.width, height: 2)), with: .color(palette.inkSoft))
        }
        .frame(height: height)
        .accessibilityHidden(true)
    }
}
