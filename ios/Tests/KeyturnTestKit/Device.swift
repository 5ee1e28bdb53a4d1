import Foundation
import KeyturnModels

/// A device in a test: its folder outlives the process that a test pretends to kill.
public final class Device: @unchecked Sendable {
    /// Its folder.
    public let folder: URL
    /// Where the camera's pictures lie.
    public let intake: URL

    /// A device whose folder lies in `scratch`.
    public init(_ scratch: Scratch, _ name: String) throws {
        folder = scratch(name)
        intake = scratch("\(name)-intake")
        try FileManager.default.createDirectory(at: intake, withIntermediateDirectories: true)
    }

    /// Opens its store.
    public func open(_ surroundings: Surroundings = Surroundings()) async throws -> Field {
        try await Field.open(folder, surroundings)
    }

    /// Opens its store and joins with an invite.
    public func joined(_ invite: String, _ surroundings: Surroundings = Surroundings()) async throws -> Field {
        let field = try await open(surroundings)
        let notice = try await field.look { try $0.notice(id: "privacy_notice").version }
        _ = try await field.join(invite, deviceName: "test", platform: "test", notice: notice)
        return field
    }
}

/// What is expected of a running sync, once it has ended.
@discardableResult
public func syncWhole(_ field: Field, _ options: SyncOptions = SyncOptions()) async throws -> SyncDoneView {
    var done: SyncDoneView?
    for try await event in field.sync(options) {
        if case .done(let view) = event { done = view }
    }
    guard let done else { throw KitError("the sync ended without saying how") }
    return done
}

/// Photographs made by the program, each another one.
public func photographs(_ count: Int, in folder: URL, width: Int = 1200, height: Int = 900) throws -> [URL] {
    try Hub.keyturn(["sample-photos", folder.path, "--count", "\(count)", "--width-px", "\(width)", "--height-px", "\(height)"])
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    return files.filter { $0.pathExtension == "jpg" }.sorted { $0.path < $1.path }
}
