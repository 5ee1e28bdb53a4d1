import Foundation
import Observation

/// Which of the app's faces is shown.
public struct RootState: ScreenState {
    /// A face.
    public enum Face: Equatable, Sendable {
        /// The store is being opened.
        case opening
        /// The store cannot be read: it can be set aside.
        case damaged
        /// The store cannot be opened, and why.
        case shut
        /// The device has not joined a project.
        case start
        /// The app.
        case home
        /// The device is in an owner's hands.
        case owner(Id)
        /// The hub has revoked the device.
        case revoked
    }

    /// The face.
    public var face = Face.opening
    /// Who holds the device.
    public var device: DeviceView?
    /// Where a damaged store was put.
    public var setAside: String?
    /// Why something was not done.
    public var trouble: Trouble?
}

/// Opens the store and says which face the app has; a start after a kill leads back to where the device was.
@MainActor
@Observable
public final class RootModel: Screen {
    /// What is shown.
    public private(set) var state = RootState()
    /// The open store.
    public private(set) var field: Field?
    /// Sync of this device.
    public private(set) var sync: SyncModel?
    /// Sync that starts by itself.
    public private(set) var auto: AutoSync?
    /// The way to the page that is shown.
    public private(set) var way: WayModel?

    private let folder: URL
    private let forgetKey: @Sendable () throws -> Void
    private let surroundings: @Sendable () throws -> Surroundings

    /// Over a folder; the surroundings are made when it is opened, because a key store may refuse. `forgetKey` makes the next ones have a new
    /// key.
    public init(
        folder: URL,
        forgetKey: @escaping @Sendable () throws -> Void = {},
        surroundings: @escaping @Sendable () throws -> Surroundings
    ) {
        self.folder = folder
        self.forgetKey = forgetKey
        self.surroundings = surroundings
    }

    /// Opens the store, unless it is open, and looks where the device stands.
    public func open() async {
        do {
            if field == nil {
                let made: Surroundings
                do {
                    made = try surroundings()
                } catch {
                    throw Trouble(.key, "field-key")
                }
                let opened = try await Field.open(folder, made)
                field = opened
                let syncs = SyncModel(opened)
                sync = syncs
                auto = AutoSync(opened, syncs)
                let way = WayModel(opened)
                await way.load()
                self.way = way
            }
            try await look()
        } catch {
            let trouble = Trouble(error)
            state.face = trouble.kind == .damaged ? .damaged : .shut
            state.trouble = trouble
        }
    }

    /// After joining, a sync, or the owner's turn: where the device stands now.
    public func refresh() async {
        do {
            try await look()
        } catch {
            state.trouble = error
        }
    }

    /// The device goes into an owner's hands.
    public func handOver(_ unit: Id) {
        state.face = .owner(unit)
    }

    /// A device that was revoked and has handed in all it held begins anew: its store goes aside whole, nothing is deleted, and with a new key
    /// it can join again.
    public func beginAnew() async {
        state.trouble = nil
        do {
            guard let field, try await field.look({ try $0.standing() }).emptyHanded else { return }
            // Whoever reads or syncs it now ends first.
            await field.shut()
            (self.field, sync, auto, way) = (nil, nil, nil, nil)
            let stamp = Int64(Date().timeIntervalSince1970 * 1000)
            let aside = folder.deletingLastPathComponent().appendingPathComponent("\(folder.lastPathComponent)-aside-\(stamp)")
            do {
                try FileManager.default.moveItem(at: folder, to: aside)
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
                try forgetKey()
            } catch {
                throw Trouble(.storage, "app-error")
            }
            state.setAside = aside.path
        } catch {
            state.trouble = Trouble(error)
        }
        await open()
    }

    /// A store that cannot be read goes aside; nothing is deleted, and the device joins anew.
    public func setAside() async {
        let path = folder.path
        do {
            state.setAside = try KeyturnCore.setStoreAside(dir: path)
            state.trouble = nil
            await open()
        } catch {
            state.trouble = Trouble(error)
        }
    }

    private func look() async throws(Trouble) {
        guard let field else { return }
        let device = try await field.look { try $0.isEnrolled() ? try $0.device() : nil }
        state.device = device
        guard device != nil else { return state.face = .start }
        if let unit = await OwnerModel.current(field) { return state.face = .owner(unit) }
        state.face = try await field.look { try $0.status().revoked } ? .revoked : .home
    }
}
