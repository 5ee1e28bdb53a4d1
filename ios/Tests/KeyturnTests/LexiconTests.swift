import Keyturn
import KeyturnTestKit
import XCTest

final class LexiconTests: XCTestCase {
    override func invokeTest() {
        TimeLimit.hold(name) { super.invokeTest() }
    }

    func testNumbersAndSizesAreWrittenAsPeopleDo() {
        let words = Lexicon(.en)
        XCTAssertEqual([2000, 2500, -340, 0, 1, 118_600].map(words.milli), ["2", "2.5", "-0.34", "0", "0.001", "118.6"])
        XCTAssertEqual(
            [12, 4_200_000, 45_600_000, 2_100_000_000, 120_000_000].map(words.size),
            ["12 B", "4.2 MB", "45.6 MB", "2.1 GB", "120 MB"]
        )
    }

    func testTimesAreToldInTheProjectsZoneAndWordsInTheLanguageChosen() {
        let shanghai = TimeZone(identifier: "Asia/Shanghai") ?? .gmt
        let at: Int64 = 1_795_145_460_000  // 2026-11-20 03:31 UTC
        XCTAssertEqual(Lexicon(.zh, zone: shanghai).time(at), "11:31")
        XCTAssertEqual(Lexicon(.zh, zone: shanghai).day(at), "11-20")
        XCTAssertEqual(Lexicon(.zh)("app-today"), "今天")
        XCTAssertEqual(Lexicon(.en)(Words(zh: "墙", en: "wall")), "wall")
        XCTAssertEqual(Lexicon.preferred(["fr-FR", "en-GB", "zh-Hans"]), .en)
        XCTAssertEqual(Lexicon.preferred(["fr-FR"]), .zh)
    }
}
