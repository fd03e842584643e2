import Foundation
import GANData
import Testing

@testable import GANTraining

@Suite("TensorBoard events")
struct EventTests {
  /// RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
  static let vectors: [([UInt8], UInt32)] = [
    ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
    ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
    ((0..<32).map { UInt8($0) }, 0x46DD_794E),
    ((0..<32).map { UInt8(31 - $0) }, 0x113F_DB5C),
    (Array("123456789".utf8), 0xE306_9283),
    ([], 0),
  ]

  @Test("CRC-32C has the published values")
  func checksums() {
    for (bytes, value) in Self.vectors { #expect(CRC32C.checksum(of: bytes) == value) }
  }

  /// As the `tensorboard` package frames the same payload.
  @Test("A record is framed as TensorFlow frames it")
  func record() {
    let framed = RecordFile.framed(Array("brain.Event:2".utf8))
    #expect(
      hex(framed) == "0d000000000000003c37b834627261696e2e4576656e743a32"
        + "ee01067c")
  }

  @Test("Files begin with the version and a mark, and hold numbers and pictures")
  func bytes() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let log = try EventLog(in: folder, after: 0) { Date(timeIntervalSince1970: 1.5) }
    try log.append(step: 300, [("loss/D", 0.25)])
    let image = DecodedImage(width: 3, height: 2, channels: 1, pixels: [1, 2, 3, 4, 5, 6])
    try log.append(step: 300, "samples", image, png: [9, 8, 7])
    let file = folder.appendingPathComponent("events.out.tfevents.0000000001.swiftgan")
    let time = "09000000000000f83f"
    let payloads = [
      // file_version (3), session_log (7) with status START.
      time + "1a0d" + hex(Array("brain.Event:2".utf8)), time + "3a020801",
      // step 300, summary (5) with a value (1): tag (1), simple_value (2).
      time + "10ac02" + "2a0f" + "0a0d" + "0a06" + hex(Array("loss/D".utf8)) + "150000803e",
      // image (4): height 2, width 3, colorspace 1, three bytes.
      time + "10ac02" + "2a18" + "0a16" + "0a07" + hex(Array("samples".utf8))
        + "220b" + "0802" + "1003" + "1801" + "2203" + "090807",
    ]
    let expected = payloads.map { hex(RecordFile.framed(bytes(ofHex: $0))) }.joined()
    #expect(try hex([UInt8](Data(contentsOf: file))) == expected)
  }

  @Test("A resumed run's file comes last and makes later steps void")
  func resumed() throws {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    for step in [0, 20, 30] {
      _ = try EventLog(in: folder, after: step) { Date(timeIntervalSince1970: 77) }
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(
      names == [77, 78, 79].map { "events.out.tfevents.00000000\($0).swiftgan" })
    let last = folder.appendingPathComponent(names[2])
    let start = "090000000000405340" + "101f" + "3a020801"
    let bytes = try hex([UInt8](Data(contentsOf: last)))
    #expect(bytes.contains(start), "a START at step 31")
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String(format: "%02x", $0) }.joined()
  }

  private func bytes(ofHex text: String) -> [UInt8] {
    let digits = text.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
  }
}

/// A new folder.
func temporaryFolder() throws -> URL {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("gan-training-test-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  return folder
}
