import KeyturnModels
import SwiftUI

/// Several photos in a row, one tap each. Each is written where the draft says before the shutter opens. Where our own viewfinder does not
/// start, the system's camera takes its place.
struct SeriesCamera: View {
    @Environment(\.lexicon) private var words
    @Environment(\.palette) private var palette
    let model: SnagModel
    let close: @MainActor () -> Void
    @State private var viewfinder = Viewfinder()
    @State private var finds: Bool? = nil
    @State private var system: URL? = nil
    @State private var taking = false
    @State private var flash = true

    var body: some View {
        let count = model.state.entry.photos.count
        VStack(spacing: 0) {
            ZStack(alignment: .bottom) {
                ViewfinderView(viewfinder: viewfinder)
                Text(words("app-camera-taken", ["count": "\(count)"])).font(.kBodyLarge.weight(.bold)).foregroundStyle(.white)
                    .padding(Space.medium).background(.black.opacity(0.7), in: .rect(cornerRadius: Radius.input)).padding(Space.page)
            }
            HStack {
                Button {
                    flash.toggle()
                } label: {
                    Image(systemName: flash ? "bolt.badge.automatic" : "bolt.slash").font(.title2).touchable()
                }
                .accessibilityLabel(words(flash ? "app-camera-flash" : "app-camera-dark"))
                Spacer()
                Button {
                    shoot()
                } label: {
                    Circle().fill(palette.primary).padding(8)
                        .overlay(Circle().strokeBorder(palette.primary, lineWidth: 4))
                        .frame(width: 76, height: 76)
                }
                .buttonStyle(.plain)
                .disabled(taking || finds != true)
                .accessibilityLabel(words("app-camera-shutter"))
                .accessibilityValue(words("app-camera-taken", ["count": "\(count)"]))
                Spacer()
                Button(words("app-done")) { close() }.font(.kBodyLarge.weight(.bold)).touchable()
            }
            .padding(Space.page)
            Button(words("app-camera-system")) { openSystem() }.font(.kBody).touchable()
        }
        .keyturnLook()
        .task {
            finds = await viewfinder.start()
            if finds != true { openSystem() }
        }
        .onDisappear { viewfinder.stop() }
        .fullScreenCover(item: $system) { file in
            SystemCamera(file: file) { _ in
                system = nil
                model.cameraClosed()
                if finds == true { Task { finds = await viewfinder.start() } } else { close() }
            }
            .ignoresSafeArea()
        }
    }

    private func openSystem() {
        Task {
            viewfinder.stop()
            system = await model.expectPhoto()
        }
    }

    private func shoot() {
        taking = true
        Task {
            let file = await model.expectPhoto()
            _ = await viewfinder.take(into: file, flash: flash)
            model.cameraClosed()
            taking = false
        }
    }
}
