import Foundation
import KeyturnModels

/// A journey of a person with the app, as `tests/journeys/` has it: the apps of both systems are held to the same.
public struct Journey: Decodable, Sendable {
    /// Somebody with a device.
    public struct Person: Decodable, Sendable {
        /// What steps name them by.
        public let id: String
        /// The name in the office.
        public let name: String
        /// The role.
        public let role: String
        /// What the device may hold.
        public let scope: String
    }

    /// A step. Which of these a step has depends on what it does.
    public struct Step: Decodable, Sendable {
        /// What it does.
        public let step: String
        /// Who does it; the first person if it is missing.
        public let `as`: String?
        /// A line's key.
        public let line: String?
        /// `fine`, `not-fine`, `na`.
        public let answer: String?
        /// Why.
        public let reason: String?
        /// Points as typed.
        public let points: [String]?
        /// `pass`, `fail`, `incomplete`.
        public let verdict: String?
        /// What was found.
        public let value: String?
        /// A room's key.
        public let room: String?
        /// Lines left open.
        public let open: Int?
        /// An element's id.
        public let element: String?
        /// A defect's id.
        public let defect: String?
        /// A severity's id.
        public let severity: String?
        /// What is typed.
        public let words: String?
        /// How many photographs.
        public let photos: Int?
        /// A snag's number.
        public let number: Int64?
        /// `accepted`, `in_part`, `refused`.
        public let outcome: String?
        /// Numbers of the snags not agreed with.
        public let dispute: [Int64]?
        /// How many strokes.
        public let count: Int?
        /// How many records: a number, or `some`.
        public let records: Amount?
    }

    /// A number, or only that there are some.
    public enum Amount: Decodable, Sendable {
        /// So many.
        case exactly(UInt64)
        /// At least one.
        case some

        /// From a number or the word `some`.
        public init(from decoder: any Decoder) throws {
            let value = try decoder.singleValueContainer()
            if let number = try? value.decode(UInt64.self) {
                self = .exactly(number)
            } else if try value.decode(String.self) == "some" {
                self = .some
            } else {
                throw KitError("neither a number nor `some`")
            }
        }

        /// Whether it is that many.
        public func holds(_ number: UInt64) -> Bool {
            switch self {
            case .exactly(let wanted): number == wanted
            case .some: number > 0
            }
        }
    }

    /// What it is called.
    public let name: String
    /// Who takes part.
    public let people: [Person]
    /// The door of the home.
    public let unit: String
    /// What happens.
    public let steps: [Step]

    /// All journeys of the repository.
    public static func all() throws -> [Journey] {
        let folder = try Hub.repository.appendingPathComponent("tests/journeys")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        let journeys = files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
        guard !journeys.isEmpty else { throw KitError("no journeys in \(folder.path)") }
        return try journeys.map { try JSONDecoder().decode(Journey.self, from: Data(contentsOf: $0)) }
    }
}
