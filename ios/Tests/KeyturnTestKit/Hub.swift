import Foundation

/// What a test could not do; the words are for the person who reads the test's output.
public struct KitError: Error, CustomStringConvertible {
    /// What happened.
    public let description: String

    init(_ description: String) {
        self.description = description
    }

    /// Something that should be there is not.
    public static func missing(_ what: String) -> Self { Self("missing: \(what)") }

    /// Something is not as it should be.
    public static func wrong(_ what: String) -> Self { Self(what) }
}

/// A real hub: the program `keyturn`, in a process of its own, with the sample register in it.
public final class Hub: @unchecked Sendable {
    /// Where it keeps everything.
    public let folder: URL
    /// Where devices reach it.
    public private(set) var url = ""
    /// The fingerprint of its key.
    public private(set) var fingerprint = ""
    private let process = Process()

    /// The program that cargo built.
    public static var program: URL {
        get throws {
            guard let path = ProcessInfo.processInfo.environment["KEYTURN_BIN"], FileManager.default.isExecutableFile(atPath: path) else {
                throw KitError("KEYTURN_BIN does not name the program keyturn: run the tests by `cargo xtask swift`")
            }
            return URL(fileURLWithPath: path)
        }
    }

    /// The repository.
    public static var repository: URL {
        get throws {
            guard let path = ProcessInfo.processInfo.environment["KEYTURN_ROOT"] else { throw KitError("KEYTURN_ROOT is not set") }
            return URL(fileURLWithPath: path, isDirectory: true)
        }
    }

    /// Starts a hub in a folder and waits until it serves.
    public init(_ folder: URL, port: Int = 0) throws {
        self.folder = folder
        let out = Pipe()
        process.executableURL = try Self.program
        process.arguments = [
            "hub", "--data", folder.appendingPathComponent("hub").path, "--plain", "--listen", "127.0.0.1:\(port)", "--project", "云溪雅苑",
            "--json",
        ]
        process.standardOutput = out
        process.standardError = FileHandle.nullDevice
        try process.runHearingSignals()
        // Its first line says where it listens.
        var line = Data()
        while !line.contains(UInt8(ascii: "\n")) {
            let more = out.fileHandleForReading.availableData
            guard !more.isEmpty else { throw KitError("the hub ended before it served") }
            line += more
        }
        guard let told = try JSONSerialization.jsonObject(with: line) as? [String: Any], let url = told["url"] as? String else {
            throw KitError("the hub said something else than where it serves")
        }
        self.url = url
        fingerprint = told["hub_key"] as? String ?? ""
    }

    deinit {
        stop()
    }

    /// Ends it as ctrl-C does, and waits.
    public func stop() {
        guard process.isRunning else { return }
        process.interrupt()
        process.waitUntilExit()
    }

    /// Imports the sample register: homes, owners, rooms, plans, crews.
    public func importSample() throws {
        let register = folder.appendingPathComponent("register")
        try Self.keyturn(["sample-register", register.path])
        try keyturnHere(["import", register.path])
    }

    /// The line of an invite for somebody new.
    public func invite(_ name: String, role: String, scope: String = "project", kind: String = "staff") throws -> String {
        let told = try keyturnHere(["hub", "invite", "--new-person", name, "--kind", kind, "--role", role, "--scope", scope])
        guard let line = told["line"] as? String else { throw KitError("no invite") }
        return line
    }

    /// Takes a device out.
    public func revoke(_ device: String) throws {
        try keyturnHere(["hub", "revoke", device, "--why", "lost"])
    }

    /// The sizes of the hub's files with this name: one of full size is right.
    public func files(named sha256: String) throws -> [UInt64] {
        let files = FileManager.default.enumerator(
            at: folder.appendingPathComponent("hub/files"),
            includingPropertiesForKeys: [.fileSizeKey]
        )
        return try (files?.compactMap { $0 as? URL } ?? []).filter { $0.lastPathComponent == sha256 }.map { file in
            UInt64(try file.resourceValues(forKeys: [.fileSizeKey]).fileSize ?? 0)
        }
    }

    /// Runs the program at this hub; what it answered in its last line.
    @discardableResult
    public func keyturnHere(_ arguments: [String]) throws -> [String: Any] {
        try Self.keyturn(arguments + ["--data", folder.appendingPathComponent("hub").path])
    }

    /// Runs the program; what it answered in its last line.
    @discardableResult
    public static func keyturn(_ arguments: [String]) throws -> [String: Any] {
        let process = Process()
        let out = Pipe()
        let err = Pipe()
        process.executableURL = try program
        process.arguments = arguments + ["--json", "--lang", "en"]
        process.standardOutput = out
        process.standardError = err
        try process.runHearingSignals()
        let said = out.fileHandleForReading.readDataToEndOfFile()
        let wrong = err.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw KitError("keyturn \(arguments.joined(separator: " ")): \(String(decoding: said + wrong, as: UTF8.self))")
        }
        guard let last = said.split(separator: UInt8(ascii: "\n")).last else { return [:] }
        return (try? JSONSerialization.jsonObject(with: last)) as? [String: Any] ?? [:]
    }
}

extension Process {
    /// Runs it so that ctrl-C reaches it: a process inherits which signals its maker holds back, and the threads that tasks run on hold
    /// back nearly all of them.
    fileprivate func runHearingSignals() throws {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try run()
    }
}

/// The service office, at a device of its own: what the journeys leave to it.
public struct Office: Sendable {
    private let store: String
    private let person: String

    /// Joins a device of the office.
    public init(_ hub: Hub, _ scratch: Scratch) throws {
        store = scratch("office").path
        let invite = try hub.invite("周敏", role: "service_manager")
        let told = try Hub.keyturn(["field", "--store", store, "enrol", invite])
        person = told["person"] as? String ?? ""
        try field(["sync"])
    }

    /// Makes a home ready and appoints its walk-through.
    public func appoint(_ door: String) throws {
        try field(["sync"])
        for item in ["quality", "cleaning", "documents"] { try field(["handover", "precheck", door, item]) }
        let at = ISO8601DateFormatter().string(from: Date())
        try field(["handover", "appoint", door, "--at", at, "--escort", person])
        try field(["sync"])
    }

    /// Orders a snag from a contractor of the register.
    public func order(_ snag: String, from contractor: String) throws {
        try field(["sync"])
        try field(["snag", "order", snag, "--contractor", contractor])
        try field(["sync"])
    }

    @discardableResult
    private func field(_ arguments: [String]) throws -> [String: Any] {
        try Hub.keyturn(["field", "--store", store] + arguments)
    }
}

/// A folder for one test, gone after it.
public final class Scratch: @unchecked Sendable {
    /// Where.
    public let url: URL

    /// Makes one.
    public init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("keyturn-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }

    /// A place in it.
    public func callAsFunction(_ name: String) -> URL {
        url.appendingPathComponent(name)
    }
}
