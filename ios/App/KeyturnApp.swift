import KeyturnModels
import SwiftUI

/// The app: one window, one store.
@main
struct KeyturnApp: App {
    @UIApplicationDelegateAdaptor private var delegate: AppDelegate
    @Environment(\.scenePhase) private var phase
    @AppStorage("lang") private var tag = ""

    var body: some Scene {
        WindowGroup {
            RootScreen(root: delegate.root)
                .environment(\.lexicon, Lexicon(lang, zone: zone))
                .environment(\.locale, Locale(identifier: lang == .zh ? "zh-Hans" : "en"))
                .environment(\.chooseLang) { tag = $0 == .zh ? "zh" : "en" }
                .keyturnLook()
        }
        .onChange(of: phase) { _, now in
            switch now {
            case .background: delegate.wentToBackground()
            case .active: delegate.root.auto?.nudge()
            default: break
            }
        }
    }

    private var lang: Lang {
        tag.isEmpty ? Lexicon.preferred(Locale.preferredLanguages) : tag == "zh" ? .zh : .en
    }

    private var zone: TimeZone {
        delegate.root.state.device.flatMap { TimeZone(identifier: $0.zone) } ?? .current
    }
}

private struct LexiconKey: EnvironmentKey {
    static let defaultValue = Lexicon(.zh)
}

private struct ChooseLangKey: EnvironmentKey {
    static let defaultValue: @MainActor @Sendable (Lang) -> Void = { _ in }
}

extension EnvironmentValues {
    /// The words of the interface.
    var lexicon: Lexicon {
        get { self[LexiconKey.self] }
        set { self[LexiconKey.self] = newValue }
    }

    /// Changes the language of the interface.
    var chooseLang: @MainActor @Sendable (Lang) -> Void {
        get { self[ChooseLangKey.self] }
        set { self[ChooseLangKey.self] = newValue }
    }
}

/// What the system calls: the start, and uploads that go on in the background.
@MainActor
final class AppDelegate: NSObject, UIApplicationDelegate {
    /// The model of the whole app.
    let root = AppDelegate.makeRoot()
    private let uploads = BackgroundUploads()

    private static func makeRoot() -> RootModel {
        let keychain = Keychain()
        let network = PhoneNetwork { _ in
            NotificationCenter.default.post(name: .networkChanged, object: nil)
        }
        // Without a folder there is no app; the screen says why the store cannot be opened.
        let folder = (try? Shelf.folder()) ?? URL(fileURLWithPath: "/nowhere")
        return RootModel(folder: folder, forgetKey: { try EnclaveKey.forget(keychain) }) {
            Surroundings(
                key: try EnclaveKey(keychain: keychain),
                storage: keychain,
                network: network,
                space: PhoneSpace(),
                clock: PhoneClock()
            )
        }
    }

    func application(_: UIApplication, didFinishLaunchingWithOptions _: [UIApplication.LaunchOptionsKey: Any]?) -> Bool {
        BackgroundSync.register { [root] in
            await root.open()
            await root.sync?.sync()
            return root.sync?.state.next?.at
        }
        return true
    }

    func application(_: UIApplication, handleEventsForBackgroundURLSession id: String) async {
        await uploads.takeUp(id)
    }

    /// The person left: what is unsent goes on.
    func wentToBackground() {
        guard let field = root.field else { return }
        uploads.hand(over: field)
        Task {
            let next = try? await field.look { try $0.nextSync() }
            BackgroundSync.schedule(at: next?.at)
        }
    }
}

extension Notification.Name {
    /// The phone is on another network.
    static let networkChanged = Notification.Name("app.keyturn.network-changed")
}
