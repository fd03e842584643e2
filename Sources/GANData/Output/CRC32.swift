import CImage

/// Tells damaged bytes from whole ones.
public enum CRC32 {
  /// The CRC-32 of PNG and gzip.
  public static func of(_ bytes: [UInt8]) -> UInt32 {
    bytes.withUnsafeBufferPointer { ci_crc32(0, $0.baseAddress, $0.count) }
  }
}
