import Foundation
import Observation

/// The line about sync, in words.
public struct SyncLineState: Equatable, Sendable {
    /// How it looks.
    public enum Tone: Sendable {
        /// Something was refused, or two people changed the same.
        case refused
        /// Something is only on this device.
        case onDevice
        /// Something is on its way.
        case sending
        /// All is on the hub.
        case safe
    }

    /// How it looks.
    public let tone: Tone
    /// The square's state.
    public let proof: String
    /// The fact.
    public let fact: String
    /// Since when, why, what next.
    public let sentence: String

    /// What the core's figures say.
    public init(_ status: StatusView, progress: (done: UInt64, of: UInt64)?, _ words: Lexicon) {
        if status.toReview > 0 {
            tone = .refused
            proof = "on_device"
            fact = words("app-sync-refused", ["count": "\(status.toReview)"])
            sentence = words("app-sync-refused-why")
        } else if status.unsentRecords + status.unsentPhotos > 0 {
            let running = status.running ? progress : nil
            tone = running == nil ? .onDevice : .sending
            proof = running == nil ? "on_device" : "sending"
            fact = words("app-sync-on-device", ["records": "\(status.unsentRecords)", "photos": "\(status.unsentPhotos)"])
            if let running {
                sentence = words("app-sync-running", ["done": "\(running.done)", "of": "\(running.of)"])
            } else {
                let next = status.nextTry.map { words("app-sync-next", ["time": words.time($0)]) } ?? words("app-sync-soon")
                sentence = [status.why.map { words($0) }, next].compactMap(\.self).joined(separator: words.lang == .zh ? "" : " ")
            }
        } else {
            tone = .safe
            proof = "safe"
            fact = words("app-sync-safe")
            sentence = status.lastContact.map { words("app-sync-safe-since", ["time": words.time($0)]) } ?? words("app-sync-never")
        }
    }
}

/// Sync: what is only here, since when, why, what next.
public struct SyncState: ScreenState {
    /// The core's figures; none before they were read.
    public var status: StatusView?
    /// Photos that are not safe yet, read so far.
    public var photos: [PhotoStateView] = []
    /// How many there are.
    public var total: UInt64 = 0
    /// What this device may still do.
    public var standing: StandingView?
    /// When sync starts by itself, and why.
    public var next: NextSyncView?
    /// What waits for a person.
    public var reviews: [ConflictView] = []
    /// A sync runs.
    public var running = false
    /// Records sent, of all.
    public var sent: UInt64 = 0
    /// Records in all.
    public var all: UInt64 = 0
    /// What the last sync did.
    public var last: SyncDoneView?
    /// Why the link was cut, while it is tried again.
    public var cut: Words?
    /// Why it stopped.
    public var trouble: Trouble?

    /// The line.
    public func line(_ words: Lexicon) -> SyncLineState? {
        status.map { SyncLineState($0, progress: running ? (sent, max(all, sent)) : nil, words) }
    }
}

/// The page about sync, and the line on every page. One per app: a sync belongs to the device, not to a screen.
@MainActor
@Observable
public final class SyncModel: Screen {
    /// What the screen shows.
    public private(set) var state = SyncState()

    private let field: Field
    private let pageRows: UInt64
    @ObservationIgnored private var task: Task<Void, Never>?

    /// For the store of this device.
    public init(_ field: Field, pageRows: UInt64 = 50) {
        self.field = field
        self.pageRows = pageRows
    }

    /// Reads how things stand.
    public func load() async {
        let rows = max(pageRows, UInt64(state.photos.count))
        do {
            let (status, photos, reviews, standing, next) = try await field.look {
                (
                    try $0.status(), try $0.photoStates(unsent: true, offset: 0, limit: rows), try $0.conflicts(), try $0.standing(),
                    try $0.nextSync()
                )
            }
            state.standing = standing
            state.next = next
            state.status = status
            state.photos = photos.rows
            state.total = photos.total
            state.reviews = reviews
        } catch {
            state.trouble = error
        }
    }

    /// More photos of the list.
    public func more() async {
        guard UInt64(state.photos.count) < state.total else { return }
        let from = UInt64(state.photos.count)
        let rows = pageRows
        do {
            let page = try await field.look { try $0.photoStates(unsent: true, offset: from, limit: rows) }
            state.photos += page.rows
            state.total = page.total
        } catch {
            state.trouble = error
        }
    }

    /// Sends and takes in; ends when it is done, or was stopped. While one runs it is that one.
    public func sync(originalsNow: Bool = false) async {
        if let task { return await task.value }
        let run = Task { [self] in
            state.running = true
            state.trouble = nil
            do {
                for try await event in field.sync(SyncOptions(originalsNow: originalsNow)) { take(event) }
            } catch {
                let trouble = Trouble(error)
                // Somebody stopped it: that is no trouble.
                if trouble.kind != .cancelled { state.trouble = trouble }
            }
            state.running = false
            state.cut = nil
            task = nil
            await load()
        }
        task = run
        await run.value
    }

    /// Stops it within a second; what was sent stays sent.
    public func stop() {
        task?.cancel()
    }

    /// Tries one photo again, or all that wait.
    public func retry(_ photo: Sha256? = nil) async {
        do {
            _ = try await field.change { try $0.retryPhotos(photo: photo) }
            await load()
        } catch {
            state.trouble = error
        }
    }

    /// Originals only on Wi-Fi, or on any network.
    public func set(wifiOnly: Bool) async {
        do {
            try await field.change { try $0.setWifiOnly(wifiOnly: wifiOnly) }
            await load()
        } catch {
            state.trouble = error
        }
    }

    /// Settles a conflict: the value at this place stands, knowing all the others.
    public func settle(_ conflict: ConflictView, choice: Int) async {
        do {
            try await field.change { try $0.settle(thing: conflict.thing, field: conflict.what, choice: UInt32(choice)) }
            await load()
        } catch {
            state.trouble = error
        }
    }

    /// The trouble was read.
    public func dismiss() {
        state.trouble = nil
    }

    private func take(_ event: SyncEvent) {
        switch event {
        case .step(.records(let sent, let all)):
            state.sent = sent
            state.all = all
            state.cut = nil
        case .step(.photo(let photo, let now)):
            if let place = state.photos.firstIndex(where: { $0.photo == photo }) { state.photos[place].state = now }
        case .step(.cut(let why, _)):
            state.cut = why
        case .step:
            break
        case .done(let done):
            state.last = done
        }
    }
}
