import Foundation

/// The field app without a screen, for Swift's tasks: changes one after the other, queries beside them, sync as a stream. Every rule and
/// every record is the core's.
public actor Field {
    private let store: FieldStore
    private let queue = StoreQueue()
    private var heard: (@Sendable () -> Void)?

    /// Where changes run: a thread of the store's own, never one that tasks share.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        queue.asUnownedSerialExecutor()
    }

    private init(store: FieldStore) {
        self.store = store
    }

    /// Opens the store in a folder, creating it.
    public static func open(_ folder: URL, _ surroundings: Surroundings = Surroundings()) async throws(Trouble) -> Field {
        let opened = await StoreQueue().beside { Result { try FieldStore.open(dir: folder.path, surroundings: surroundings) } }
        return Field(store: try taken(opened))
    }

    /// A change: it is durable when this returns, or nothing has changed.
    public func change<T: Sendable>(_ work: @Sendable (FieldStore) throws -> T) throws(Trouble) -> T {
        do {
            let done = try work(store)
            heard?()
            return done
        } catch {
            throw Trouble(error)
        }
    }

    /// `changed` is told after each change; one listener, the last one.
    public func hear(_ changed: @escaping @Sendable () -> Void) {
        heard = changed
    }

    /// A query, beside whatever is being changed.
    public nonisolated func look<T: Sendable>(_ work: @escaping @Sendable (FieldStore) throws -> T) async throws(Trouble) -> T {
        let store = store
        return try Self.taken(await queue.beside { Result { try work(store) } })
    }

    /// Joins the project of an invite; the network may take its time, so nothing else waits for it.
    public nonisolated func join(_ invite: String, deviceName: String, platform: String, notice: String) async throws(Trouble) -> DeviceView
    {
        try await look { try $0.enrol(invite: invite, deviceName: deviceName, platform: platform, notice: notice) }
    }

    /// One sync, as it goes. Ending the stream, or the task that reads it, cancels the sync: what was sent stays sent, nothing is lost.
    public nonisolated func sync(_ options: SyncOptions) -> AsyncThrowingStream<SyncEvent, any Error> {
        let store = store
        return AsyncThrowingStream { stream in
            let run = SyncRun(stream)
            stream.onTermination = { end in
                if case .cancelled = end { run.cancel() }
            }
            run.start(on: store, options)
        }
    }

    /// Shuts the store: a running sync is cancelled and waited for, every later call is refused.
    public func shut() {
        store.shut()
    }

    private static func taken<T>(_ result: Result<T, any Error>) throws(Trouble) -> T {
        switch result {
        case .success(let value): return value
        case .failure(let error): throw Trouble(error)
        }
    }
}

/// What a sync tells.
public enum SyncEvent: Sendable {
    /// Something happened.
    case step(SyncStep)
    /// It is done; nothing follows.
    case done(SyncDoneView)
}
