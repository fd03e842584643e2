import CImage

/// What the first bytes of an image file say about it.
public struct ImageHeader: Sendable, Equatable {
  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int
  /// 1 or 3: the channels that decoding yields. A palette counts as colour.
  public let channels: Int
  /// What the file stores: `grey`, `RGBA 16-bit`, `palette`, `YCbCr`, `CMYK` and so on.
  public let mode: String

  /// A header for pictures that do not come from an image file.
  public init(width: Int, height: Int, channels: Int, mode: String) {
    self.width = width
    self.height = height
    self.channels = channels
    self.mode = mode
  }
}

/// The image formats that can be read, told apart by content and never by the file's name.
enum ImageFormat {
  case png
  case jpeg

  init?(magic bytes: [UInt8]) {
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else {
      return nil
    }
  }

  /// A sentence on what `bytes` are instead of a picture we read.
  static func complaint(about bytes: [UInt8]) -> String {
    if bytes.isEmpty { return "the file is empty" }
    let others: [(name: String, magic: [UInt8], offset: Int)] = [
      ("GIF", Array("GIF8".utf8), 0), ("BMP", Array("BM".utf8), 0),
      ("WebP", Array("WEBP".utf8), 8), ("TIFF", [0x49, 0x49, 0x2A, 0], 0),
      ("TIFF", [0x4D, 0x4D, 0, 0x2A], 0), ("HEIF or AVIF", Array("ftyp".utf8), 4),
      ("JPEG XL", [0xFF, 0x0A], 0), ("HTML", Array("<!DOCTYPE".utf8), 0),
      ("HTML", Array("<html".utf8), 0),
    ]
    let match = others.first { bytes.dropFirst($0.offset).starts(with: $0.magic) }
    if let match { return "a \(match.name) file; only PNG and JPEG are read" }
    let start = bytes.prefix(4).map { hexadecimal($0) }.joined(separator: " ")
    return "neither PNG nor JPEG (starts with \(start))"
  }
}

/// Turns a C codec's status and message into a Swift value.
struct CodecFailure: Error {
  let status: ci_status
  let message: String

  /// Calls `body` with a message buffer and throws what it reports.
  static func check(_ body: (UnsafeMutablePointer<CChar>) -> ci_status) throws(CodecFailure) {
    var status = CI_OK
    let text = [UInt8](unsafeUninitializedCapacity: Int(CI_ERROR_CAPACITY)) { buffer, count in
      buffer.initialize(repeating: 0)
      let base = buffer.baseAddress.map(UnsafeMutableRawPointer.init)
      guard let chars = base?.assumingMemoryBound(to: CChar.self) else { return }
      status = body(chars)
      count = buffer.firstIndex(of: 0) ?? buffer.count
    }
    if status != CI_OK {
      throw CodecFailure(status: status, message: String(decoding: text, as: UTF8.self))
    }
  }
}
