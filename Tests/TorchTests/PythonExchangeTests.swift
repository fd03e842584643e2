import Foundation
import TestSupport
import Testing
import Torch

/// Files exchanged with Python's safetensors package, where the checkout has a `.venv` with it
/// (Scripts/bootstrap makes one) or SWIFTGAN_PYTHON names a Python.
@Suite("Safetensors files and Python", .reproducible)
struct PythonExchangeTests {
  @Test("Python reads what we write")
  func written() throws {
    guard let python = Python() else { return Python.reportSkipped() }
    try withTemporaryFile { url in
      let file = SafetensorsFile(tensors: SafetensorsTests.sample(), metadata: ["note": "a\nb"])
      try file.encoded().write(to: url)
      let output = try python.run(
        """
        import sys, torch
        from safetensors import safe_open
        with safe_open(sys.argv[1], "pt") as file:
            assert file.metadata() == {"note": "a\\nb"}, file.metadata()
            for key in sorted(file.keys()):
                value = file.get_tensor(key)
                print(key, value.dtype, list(value.shape), value.double().flatten().tolist())
        """, url.path)
      let expected = file.tensors.sorted {
        Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8))
      }
      .map { "\($0) torch.\($1.dtype) \($1.shape) \($1.doubles)" }
      for (found, wanted) in zip(output.split(separator: "\n"), expected) {
        #expect(found == wanted)
      }
      #expect(output.split(separator: "\n").count == expected.count)
    }
  }

  @Test("we read what Python writes")
  func read() throws {
    guard let python = Python() else { return Python.reportSkipped() }
    try withTemporaryFile { url in
      _ = try python.run(
        """
        import sys, torch
        from safetensors.torch import save_file
        types = dict(float32=torch.float32, float64=torch.float64, bfloat16=torch.bfloat16,
                     float16=torch.float16, int64=torch.int64, int32=torch.int32,
                     uint8=torch.uint8, bool=torch.bool)
        tensors = {name: torch.tensor([[0, 1, 1]]).to(dtype) for name, dtype in types.items()}
        tensors |= {"scalar": torch.tensor(0.5), "none": torch.zeros(2, 0)}
        save_file(tensors, sys.argv[1], {"key": "value é"})
        """, url.path)
      let file = try SafetensorsFile(readingFrom: url)
      #expect(file.metadata == ["key": "value é"])
      #expect(file.tensors.count == DType.allCases.count + 2)
      for dtype in DType.allCases {
        let expected = Tensor([0, 1, 1] as [Float], shape: [1, 3]).cast(to: dtype)
        expectEqual(try #require(file.tensors["\(dtype)"]), expected, "\(dtype)")
      }
      #expect(file.tensors["scalar"]?.item() == 0.5)
      #expect(file.tensors["none"]?.shape == [2, 0])
    }
  }

  private func withTemporaryFile(_ body: (URL) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory
      .appendingPathComponent("\(UUID().uuidString).safetensors")
    defer { try? FileManager.default.removeItem(at: url) }
    try body(url)
  }
}

/// A Python with torch and safetensors.
private struct Python {
  private let executable: URL

  init?() {
    let environment = ProcessInfo.processInfo.environment["SWIFTGAN_PYTHON"]
    let checkout = Fixture.folder.deletingLastPathComponent().deletingLastPathComponent()
    let path = environment ?? checkout.appendingPathComponent(".venv/bin/python").path
    guard FileManager.default.isExecutableFile(atPath: path) else { return nil }
    executable = URL(fileURLWithPath: path)
  }

  static func reportSkipped() { print("skipped: no .venv/bin/python, and no SWIFTGAN_PYTHON") }

  /// What the program prints.
  func run(_ program: String, _ argument: String) throws -> String {
    let process = Process()
    process.executableURL = executable
    process.arguments = ["-c", program, argument]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.readAll()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: data, as: UTF8.self)
  }
}
