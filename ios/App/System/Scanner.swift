import SwiftUI
import VisionKit

/// Reads QR codes; each one once. What it means is the core's to say.
struct Scanner: UIViewControllerRepresentable {
    /// Whether this phone has a new enough chip.
    @MainActor static var isSupported: Bool { DataScannerViewController.isSupported }

    /// Whether it can now: with the right to the camera too.
    @MainActor static var isPossible: Bool {
        DataScannerViewController.isSupported && DataScannerViewController.isAvailable
    }

    let found: @MainActor (String) -> Void

    func makeUIViewController(context: Context) -> DataScannerViewController {
        let scanner = DataScannerViewController(
            recognizedDataTypes: [.barcode(symbologies: [.qr])],
            qualityLevel: .balanced,
            recognizesMultipleItems: false,
            isHighFrameRateTrackingEnabled: false,
            isHighlightingEnabled: true
        )
        scanner.delegate = context.coordinator
        return scanner
    }

    func updateUIViewController(_ scanner: DataScannerViewController, context _: Context) {
        // Refused when the camera is taken by a call; typing the code is always there.
        try? scanner.startScanning()
    }

    static func dismantleUIViewController(_ scanner: DataScannerViewController, coordinator _: Coordinator) {
        scanner.stopScanning()
    }

    func makeCoordinator() -> Coordinator {
        Coordinator(found: found)
    }

    /// Hears of codes.
    @MainActor
    final class Coordinator: NSObject, DataScannerViewControllerDelegate {
        private let found: @MainActor (String) -> Void
        private var last: String?

        init(found: @escaping @MainActor (String) -> Void) {
            self.found = found
        }

        func dataScanner(_: DataScannerViewController, didAdd items: [RecognizedItem], allItems _: [RecognizedItem]) {
            for case .barcode(let code) in items {
                guard let text = code.payloadStringValue, text != last else { continue }
                last = text
                found(text)
            }
        }
    }
}
