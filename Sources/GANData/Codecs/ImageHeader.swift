import CImage

/// What the first bytes of an image file say about it.
public struct ImageHeader: Sendable, Equatable {
  /// Columns.
  public let width: Int
  /// Rows.
  public let height: Int
  /// 1 or 3: the channels that decoding yields. A palette counts as colour, and so does transparency
  /// before a background that is not grey.
  public let channels: Int
  /// What the file stores: `grey`, `RGBA 16-bit`, `palette`, `YCbCr`, `CMYK` and so on.
  public let mode: String
  /// Whether samples have 16 bits, of which decoding keeps 8.
  public let isDeep: Bool

  /// A header for pictures that do not come from an image file.
  public init(width: Int, height: Int, channels: Int, mode: String, isDeep: Bool = false) {
    self.width = width
    self.height = height
    self.channels = channels
    self.mode = mode
    self.isDeep = isDeep
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
