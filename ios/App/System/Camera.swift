import AVFoundation
import PhotosUI
import SwiftUI
import UniformTypeIdentifiers

/// The system's camera. What it takes is written to a file whose name is known before the camera opens, so that a kill in between loses no
/// picture: the intake folder is looked through at the next start.
struct SystemCamera: UIViewControllerRepresentable {
    /// Where the picture goes.
    let file: URL
    /// Taken, or not.
    let done: @MainActor (Bool) -> Void

    func makeUIViewController(context: Context) -> UIImagePickerController {
        let picker = UIImagePickerController()
        picker.sourceType = .camera
        picker.mediaTypes = [UTType.image.identifier]
        picker.cameraCaptureMode = .photo
        picker.delegate = context.coordinator
        return picker
    }

    func updateUIViewController(_: UIImagePickerController, context _: Context) {}

    func makeCoordinator() -> Coordinator {
        Coordinator(file: file, done: done)
    }

    /// Hears of the camera's end.
    @MainActor
    final class Coordinator: NSObject, UIImagePickerControllerDelegate, UINavigationControllerDelegate {
        private let file: URL
        private let done: @MainActor (Bool) -> Void

        init(file: URL, done: @escaping @MainActor (Bool) -> Void) {
            self.file = file
            self.done = done
        }

        func imagePickerController(_: UIImagePickerController, didFinishPickingMediaWithInfo info: [UIImagePickerController.InfoKey: Any]) {
            // The system camera gives an image, not a file: this JPEG is the original, and is never touched again.
            let written =
                (info[.originalImage] as? UIImage)?.jpegData(compressionQuality: 0.92).flatMap { data in
                    try? data.write(to: file, options: [.atomic, .completeFileProtectionUntilFirstUserAuthentication])
                } != nil
            done(written)
        }

        func imagePickerControllerDidCancel(_: UIImagePickerController) {
            done(false)
        }
    }
}

/// Photos taken before, chosen without giving the app the library. The file comes as it was taken.
struct PhotoPicker: UIViewControllerRepresentable {
    /// The folder the copies go to.
    let folder: URL
    /// Files that are there now; those that could not be had are counted.
    let done: @MainActor ([URL], Int) -> Void

    func makeUIViewController(context: Context) -> PHPickerViewController {
        var configuration = PHPickerConfiguration()
        configuration.filter = .images
        configuration.selectionLimit = 0
        configuration.preferredAssetRepresentationMode = .current
        let picker = PHPickerViewController(configuration: configuration)
        picker.delegate = context.coordinator
        return picker
    }

    func updateUIViewController(_: PHPickerViewController, context _: Context) {}

    func makeCoordinator() -> Coordinator {
        Coordinator(folder: folder, done: done)
    }

    /// Hears of the choice.
    @MainActor
    final class Coordinator: NSObject, PHPickerViewControllerDelegate {
        private let folder: URL
        private let done: @MainActor ([URL], Int) -> Void

        init(folder: URL, done: @escaping @MainActor ([URL], Int) -> Void) {
            self.folder = folder
            self.done = done
        }

        func picker(_: PHPickerViewController, didFinishPicking results: [PHPickerResult]) {
            let folder = folder
            let done = done
            let providers = results.map(\.itemProvider)
            Task {
                var files: [URL] = []
                // One after the other, in the order chosen.
                for provider in providers {
                    if let file = await Self.copy(provider, into: folder) { files.append(file) }
                }
                done(files, providers.count - files.count)
            }
        }

        private static func copy(_ provider: NSItemProvider, into folder: URL) async -> URL? {
            await withCheckedContinuation { answer in
                _ = provider.loadFileRepresentation(for: .image) { url, _, _ in
                    // The system removes its file when this returns.
                    let to = folder.appending(path: "\(UUID().uuidString).\(url?.pathExtension ?? "img")")
                    let copied = url.flatMap { try? FileManager.default.copyItem(at: $0, to: to) } != nil
                    answer.resume(returning: copied ? to : nil)
                }
            }
        }
    }
}

/// Whether the camera may be used.
enum CameraRight {
    /// Asks once; later answers come from the settings. A device without a camera has no right to it either.
    @MainActor
    static func ask() async -> Bool {
        guard UIImagePickerController.isSourceTypeAvailable(.camera) else { return false }
        return switch AVCaptureDevice.authorizationStatus(for: .video) {
        case .authorized: true
        case .notDetermined: await AVCaptureDevice.requestAccess(for: .video)
        default: false
        }
    }
}
