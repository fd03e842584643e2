import Foundation

/// The Python that Scripts/bootstrap makes, or the one SWIFTGAN_PYTHON names.
enum PythonProcess {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// What a test prints that needs one where none is.
  static let skipped =
    "skipped: no .venv/bin/python with torch, onnx and onnxruntime, and no SWIFTGAN_PYTHON"

  static var path: String? {
    let named = ProcessInfo.processInfo.environment["SWIFTGAN_PYTHON"]
    let path = named ?? root.appendingPathComponent(".venv/bin/python").path
    return FileManager.default.isExecutableFile(atPath: path) ? path : nil
  }

  /// The same where it has ONNX Runtime, too.
  static var pathWithONNX: String? {
    guard let path else { return nil }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = ["-c", "import onnx, onnxruntime"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    process.waitUntilExit()
    return process.terminationStatus == 0 ? path : nil
  }

  /// Runs a file of Scripts, or one at an absolute path, to its end.
  static func run(
    _ python: String, _ script: String, _ arguments: String...
  ) throws -> (status: Int32, output: String, errors: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    let file =
      script.hasPrefix("/") ? script : root.appendingPathComponent("Scripts/\(script)").path
    process.arguments = [file] + arguments
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("python-output-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = ["out", "err"].map { folder.appendingPathComponent($0) }
    for file in files { try Data().write(to: file) }
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try process.run()
    process.waitUntilExit()
    let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
    return (process.terminationStatus, texts[0], texts[1])
  }
}
