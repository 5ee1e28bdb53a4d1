@preconcurrency import AVFoundation
import SwiftUI

/// A viewfinder of our own, for the photo after the work: the one before lies half transparent over it. Where the device has no camera or
/// gives no right to it, the caller takes the system's camera.
final class Viewfinder: NSObject, AVCapturePhotoCaptureDelegate, @unchecked Sendable {
    /// What the preview shows.
    let session = AVCaptureSession()
    private let output = AVCapturePhotoOutput()
    // Every touch of the session is on this queue.
    private let queue = DispatchQueue(label: "app.keyturn.viewfinder", qos: .userInitiated)
    private var pending: (URL, CheckedContinuation<Bool, Never>)?

    /// Starts the camera; whether it runs.
    func start() async -> Bool {
        await withCheckedContinuation { answer in
            queue.async { [self] in
                if session.inputs.isEmpty {
                    guard let camera = AVCaptureDevice.default(.builtInWideAngleCamera, for: .video, position: .back),
                        let input = try? AVCaptureDeviceInput(device: camera), session.canAddInput(input), session.canAddOutput(output)
                    else { return answer.resume(returning: false) }
                    session.beginConfiguration()
                    session.sessionPreset = .photo
                    session.addInput(input)
                    session.addOutput(output)
                    session.commitConfiguration()
                }
                session.startRunning()
                answer.resume(returning: session.isRunning)
            }
        }
    }

    /// Stops the camera.
    func stop() {
        queue.async { [self] in
            if session.isRunning { session.stopRunning() }
        }
    }

    /// Takes a picture into a file; whether it is there.
    func take(into file: URL, flash: Bool) async -> Bool {
        await withCheckedContinuation { answer in
            queue.async { [self] in
                guard session.isRunning, pending == nil else { return answer.resume(returning: false) }
                pending = (file, answer)
                let settings = AVCapturePhotoSettings(format: [AVVideoCodecKey: AVVideoCodecType.jpeg])
                if flash, output.supportedFlashModes.contains(.auto) { settings.flashMode = .auto }
                output.capturePhoto(with: settings, delegate: self)
            }
        }
    }

    func photoOutput(_: AVCapturePhotoOutput, didFinishProcessingPhoto photo: AVCapturePhoto, error: (any Error)?) {
        let data = error == nil ? photo.fileDataRepresentation() : nil
        queue.async { [self] in
            guard let (file, answer) = pending else { return }
            pending = nil
            let written = data.flatMap { try? $0.write(to: file, options: .atomic) } != nil
            answer.resume(returning: written)
        }
    }
}

/// What the camera sees.
struct ViewfinderView: UIViewRepresentable {
    let viewfinder: Viewfinder

    /// A view whose layer is the camera's picture.
    final class Preview: UIView {
        override class var layerClass: AnyClass { AVCaptureVideoPreviewLayer.self }
    }

    func makeUIView(context _: Context) -> Preview {
        let view = Preview()
        if let layer = view.layer as? AVCaptureVideoPreviewLayer {
            layer.session = viewfinder.session
            layer.videoGravity = .resizeAspectFill
        }
        view.isAccessibilityElement = false
        return view
    }

    func updateUIView(_: Preview, context _: Context) {}
}
