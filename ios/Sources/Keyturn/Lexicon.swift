import Foundation

/// The words of the interface in one language: all of them are the core's.
public struct Lexicon: Equatable, Sendable {
    /// The language.
    public let lang: Lang
    /// The project's zone, in which times are told.
    public let zone: TimeZone

    /// The words of `lang`, times told in `zone`.
    public init(_ lang: Lang, zone: TimeZone = .current) {
        self.lang = lang
        self.zone = zone
    }

    /// The language whose words a person reads best, of those the phone names in order.
    public static func preferred(_ tags: [String]) -> Lang {
        for tag in tags {
            switch tag.prefix(2) {
            case "zh": return .zh
            case "en": return .en
            default: continue
            }
        }
        return .zh
    }

    /// The words under `key`.
    public func callAsFunction(_ key: String, _ arguments: [String: String] = [:]) -> String {
        word(lang: lang, key: key, args: arguments)
    }

    /// The same words in this language.
    public func callAsFunction(_ words: Words) -> String {
        lang == .zh ? words.zh : words.en
    }

    /// A list as people write it.
    public func list(_ parts: [String]) -> String {
        parts.joined(separator: lang == .zh ? "、" : ", ")
    }

    /// `11:31`.
    public func time(_ at: Int64) -> String {
        date(at, "HH:mm")
    }

    /// `11-20`.
    public func day(_ at: Int64) -> String {
        date(at, "MM-dd")
    }

    /// `11 月 20 日 周五`, `Fri 20 Nov`.
    public func longDay(_ at: Int64) -> String {
        date(at, lang == .zh ? "M 月 d 日 EEE" : "EEE d MMM")
    }

    /// Bytes as people count them: `45.6 MB`.
    public func size(_ bytes: UInt64) -> String {
        let units: [(UInt64, String)] = [(1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB")]
        guard let (unit, name) = units.first(where: { bytes >= $0.0 }) else { return "\(bytes) B" }
        let tenths = bytes / (unit / 10)
        return tenths >= 1000 || tenths % 10 == 0 ? "\(tenths / 10) \(name)" : "\(tenths / 10).\(tenths % 10) \(name)"
    }

    /// Thousandths as a number without needless zeros: `2.7`.
    public func milli(_ value: Int64) -> String {
        let sign = value < 0 ? "-" : ""
        let (whole, rest) = value.magnitude.quotientAndRemainder(dividingBy: 1000)
        guard rest > 0 else { return "\(sign)\(whole)" }
        var digits = String(rest + 1000).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(sign)\(whole).\(digits)"
    }

    private func date(_ at: Int64, _ format: String) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: lang == .zh ? "zh_CN" : "en_GB")
        formatter.timeZone = zone
        formatter.dateFormat = format
        return formatter.string(from: Date(timeIntervalSince1970: TimeInterval(at) / 1000))
    }
}
