import ImageIO
import KeyturnModels
import SwiftUI

/// A picture from a file, made small while it is read: a photograph of 12 megapixels never stands whole in memory for a tile.
enum Pictures {
    /// The picture, at most so large; none when it cannot be shown.
    static func read(_ path: String, side: CGFloat) async -> CGImage? {
        await Task.detached(priority: .userInitiated) {
            let url = URL(fileURLWithPath: path)
            guard let source = CGImageSourceCreateWithURL(url as CFURL, [kCGImageSourceShouldCache: false] as CFDictionary) else {
                return nil
            }
            let options: [CFString: Any] = [
                kCGImageSourceCreateThumbnailFromImageAlways: true,
                kCGImageSourceCreateThumbnailWithTransform: true,
                kCGImageSourceThumbnailMaxPixelSize: side,
                kCGImageSourceShouldCacheImmediately: true,
            ]
            return CGImageSourceCreateThumbnailAtIndex(source, 0, options as CFDictionary)
        }.value
    }
}

/// A file as a picture; one that cannot be shown is told as such and blocks nothing.
struct FilePicture: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    let path: String?
    var side: CGFloat = 512
    var fill = true
    @State private var image: CGImage? = nil
    @State private var read = false

    var body: some View {
        Group {
            if let image {
                Image(decorative: image, scale: 1).resizable().aspectRatio(contentMode: fill ? .fill : .fit)
            } else if read {
                ZStack {
                    RoundedRectangle(cornerRadius: Radius.input)
                        .strokeBorder(palette.warn, style: StrokeStyle(lineWidth: 1.5, dash: [5, 4]))
                        .background(palette.warnSoft)
                    Image(systemName: "doc").foregroundStyle(palette.warn)
                }
                .accessibilityLabel(words("app-photo-broken"))
            } else {
                Rectangle().fill(palette.surfaceSunken)
            }
        }
        .task(id: path) {
            image = nil
            read = false
            if let path { image = await Pictures.read(path, side: side) }
            read = true
        }
    }
}

/// A picture that is not recorded yet.
struct FileTile: View {
    @Environment(\.palette) private var palette
    let path: String
    let number: Int

    var body: some View {
        FilePicture(path: path)
            .frame(width: 89, height: 112)
            .clipShape(RoundedRectangle(cornerRadius: Radius.input))
            .overlay(alignment: .topLeading) { NumberMark(number: number) }
            .overlay(alignment: .bottomTrailing) {
                ProofMark(proof: "on_device").padding(5).background(palette.surface, in: .rect(cornerRadius: 6))
            }
            .accessibilityElement(children: .ignore)
            .accessibilityAddTraits(.isImage)
    }
}

/// A recorded photo, with its number and where it is.
struct PhotoTile: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    let field: Field
    let photo: PhotoView
    let number: Int
    let of: Int
    @State private var path: String? = nil

    var body: some View {
        FilePicture(path: path)
            .frame(width: 89, height: 112)
            .clipShape(RoundedRectangle(cornerRadius: Radius.input))
            .overlay(alignment: .topLeading) { NumberMark(number: number) }
            .overlay(alignment: .bottomTrailing) {
                ProofMark(proof: photo.proofMark).padding(5).background(palette.surface, in: .rect(cornerRadius: 6)).padding(4)
            }
            .overlay(alignment: .bottomLeading) {
                if !photo.drawing.isEmpty {
                    Image(systemName: "pencil").padding(5).background(palette.surface, in: .rect(cornerRadius: 6)).padding(4)
                }
            }
            .accessibilityElement(children: .ignore)
            .accessibilityLabel(words("app-photo-n", ["n": "\(number)", "of": "\(of)", "where": words(photo.proofWord)]))
            .accessibilityAddTraits(.isImage)
            .task(id: photo.sha256) {
                let sha256 = photo.sha256
                path = try? await field.look { try $0.picture(photo: sha256, size: .small) }
            }
    }
}

private struct NumberMark: View {
    let number: Int

    var body: some View {
        Text("\(number)").font(.kCaption.weight(.bold)).foregroundStyle(.white).padding(.horizontal, 7).padding(.vertical, 2)
            .background(.black.opacity(0.7), in: .rect(cornerRadius: 6)).padding(4)
    }
}

extension PhotoView {
    /// The mark of where it is; one taken elsewhere came from the hub.
    var proofMark: String {
        switch state {
        case .onDevice, .setAside: "on_device"
        case .smallSent: "sending"
        case .safe, nil: "safe"
        }
    }

    /// The key of the word for it.
    var proofWord: String {
        switch state {
        case .onDevice: "app-proof-on-device"
        case .setAside: "app-proof-set-aside"
        case .smallSent: "app-proof-sending"
        case .safe, nil: "app-proof-safe"
        }
    }
}
