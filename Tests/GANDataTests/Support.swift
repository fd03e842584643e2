import CImage
import Foundation
import Testing

@testable import GANData

/// A folder that goes away with the test.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "swiftgan-data-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file, with the folders it lies in, and returns its path.
  @discardableResult
  func write(_ bytes: [UInt8], to name: String) throws -> String {
    let url = URL(fileURLWithPath: path).appendingPathComponent(name)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(bytes).write(to: url)
    return url.path
  }
}

enum Fixture {
  static func bytes(_ name: String) throws -> [UInt8] {
    let url = Bundle.module.bundleURL.appendingPathComponent("Fixtures/" + name)
    return [UInt8](try Data(contentsOf: url))
  }

  static func decoded<Value: Decodable>(_ name: String) throws -> Value {
    try JSONDecoder().decode(Value.self, from: Data(bytes(name)))
  }
}

func bytes(fromHex text: String) -> [UInt8] {
  let digits = Array(text)
  return stride(from: 0, to: digits.count - 1, by: 2)
    .compactMap { UInt8(String(digits[$0...$0 + 1]), radix: 16) }
}

/// A picture with a different value everywhere.
func gradient(_ width: Int, _ height: Int, channels: Int = 1, from start: Int = 0) -> DecodedImage {
  let pixels = (0..<width * height * channels).map { UInt8(truncatingIfNeeded: start + $0 * 7) }
  return DecodedImage(width: width, height: height, channels: channels, pixels: pixels)
}

/// An IDX file of bytes.
func idx(_ dimensions: [UInt32], _ values: [UInt8]) -> [UInt8] {
  [0, 0, 8, UInt8(dimensions.count)] + dimensions.flatMap(PNGEncoder.bigEndian) + values
}

/// A gzip file: zlib's stream without its own wrapping, in gzip's.
func gzip(_ content: [UInt8]) -> [UInt8] {
  var stream = [UInt8](repeating: 0, count: ci_deflate_bound(content.count))
  var written = 0
  var message = [CChar](repeating: 0, count: Int(CI_ERROR_CAPACITY))
  #expect(
    ci_deflate(content, content.count, &stream, stream.count, &written, &message) == CI_OK)
  let checksum = PNGEncoder.bigEndian(ci_crc32(0, content, content.count)).reversed()
  let length = PNGEncoder.bigEndian(UInt32(content.count)).reversed()
  return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3] + stream[2..<written - 4] + checksum + length
}

/// Deflate data without any wrapping.
func deflated(_ content: [UInt8]) -> [UInt8] { Array(gzip(content).dropFirst(10).dropLast(8)) }

/// A number of so many bytes, the lowest first.
func little(_ value: Int, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
}

/// A tar archive.
struct TarBuilder {
  var bytes: [UInt8] = []

  mutating func add(
    _ name: String, _ content: [UInt8], kind: Character = "0", prefix: String = "",
    target: String = ""
  ) {
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      block.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
    }
    func octal(_ value: Int, _ digits: Int) -> String {
      let text = String(value, radix: 8)
      return String(repeating: "0", count: digits - text.count) + text
    }
    put(String(name.prefix(100)), at: 0)
    put(octal(0o644, 7), at: 100)
    put(octal(content.count, 11), at: 124)
    put(octal(0, 11), at: 136)
    put("        ", at: 148)
    put(String(kind), at: 156)
    put(target, at: 157)
    put("ustar", at: 257)
    put("00", at: 263)
    put(prefix, at: 345)
    put(octal(block.reduce(0) { $0 + Int($1) }, 6), at: 148)
    block[154] = 0
    bytes += block + content
    bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }

  func finished() -> [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }
}

extension FileSet {
  /// The whole of the file of that relative path.
  func contents(of member: String) throws -> [UInt8] {
    try bytes(ofMember: try #require(members.firstIndex(of: member)), limit: .max)
  }
}

/// The text of the error that `body` throws.
func message(of body: () throws -> Void) -> String {
  do {
    try body()
    return "no error"
  } catch {
    return String(describing: error)
  }
}

/// Where the large real sets are, if the person running the tests has them.
enum RealData {
  static func path(_ name: String, test: String = #function) -> String? {
    guard let root = ProcessInfo.processInfo.environment["SWIFTGAN_DATA"] else {
      print("SKIPPED \(test): SWIFTGAN_DATA does not name a folder with \(name)")
      return nil
    }
    return root + "/" + name
  }
}
