import Foundation
import GANData
import Testing
import Torch

/// A checkpoint's generator in PyTorch: `Scripts/check_checkpoint.py` builds the equivalent module,
/// loads the file strictly and draws from the same noise.
///
/// Needs the Python that Scripts/bootstrap makes, or the one SWIFTGAN_PYTHON names.
@Suite("Checkpoints in PyTorch")
struct PyTorchTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  private static var python: String? {
    let named = ProcessInfo.processInfo.environment["SWIFTGAN_PYTHON"]
    let path = named ?? root.appendingPathComponent(".venv/bin/python").path
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }

  @Test("The same noise draws the same images", arguments: ["transposed", "resize"])
  func sameImages(upsampling: String) throws {
    guard let python = Self.python else {
      return print("skipped: no .venv/bin/python, and no SWIFTGAN_PYTHON")
    }
    let scratch = try Scratch()
    try scratch.makeRun(.dcgan, "run", "--set", "upsampling=\(upsampling)")
    let noise = NPYFile(Tensor.uniform([16, 100], -1, 1).floats, shape: [16, 100])
    let folder = scratch.path("run/checkpoints/000020")
    try Data(noise.encoded()).write(to: folder.appendingPathComponent("noise.npy"))
    let images = folder.appendingPathComponent("images.npy").path
    try scratch.gan(
      "sample", "run", "--noise", folder.path + "/noise.npy", "--output", images)
    try FileManager.default.copyItem(
      at: scratch.path("run/config.json"), to: folder.appendingPathComponent("config.json"))
    #expect(try check(python, folder) == 0)
    try spoil(images)
    #expect(try check(python, folder) == 1, "a wrong image must be noticed")
  }

  private func check(_ python: String, _ folder: URL) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = [
      Self.root.appendingPathComponent("Scripts/check_checkpoint.py").path, folder.path,
    ]
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// Moves one pixel by half the range.
  private func spoil(_ path: String) throws {
    var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
    bytes[bytes.count - 1] ^= 0x80
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }
}
