@_exported import KeyturnCore

/// Why a call was not done; nothing was changed. What a shell decides by is the kind, what a person reads are the words.
public struct Trouble: Error, Equatable, Sendable {
    /// What sort of trouble.
    public let kind: ErrorKind
    /// The core's message key: stable, and for logs.
    public let key: String
    /// What happened, whether anything was lost, and what to do.
    public let words: Words

    /// Whatever the core threw.
    public init(_ error: any Error) {
        switch error {
        case let trouble as Trouble:
            self = trouble
        case KeyturnError.Told(let kind, let key, let zh, let en, _):
            self.init(kind: kind, key: key, words: Words(zh: zh, en: en))
        case is CancellationError:
            self.init(.cancelled, "sync-cancelled")
        default:
            self.init(.other, "app-error")
        }
    }

    /// Trouble of the shell's own, in the core's words.
    public init(_ kind: ErrorKind, _ key: String, _ arguments: [String: String] = [:]) {
        let words = Words(zh: word(lang: .zh, key: key, args: arguments), en: word(lang: .en, key: key, args: arguments))
        self.init(kind: kind, key: key, words: words)
    }

    private init(kind: ErrorKind, key: String, words: Words) {
        self.kind = kind
        self.key = key
        self.words = words
    }
}
