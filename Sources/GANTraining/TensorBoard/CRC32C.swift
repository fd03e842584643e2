/// The CRC-32 of Castagnoli's polynomial (RFC 3720, section 12.1), which guards records of event
/// files.
enum CRC32C {
  /// For each byte what eight steps of the reflected polynomial make of it.
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in
      value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1
    }
  }

  /// The checksum of some bytes.
  static func checksum(of bytes: [UInt8]) -> UInt32 {
    let table = table
    return ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
  }

  /// The checksum as record files store it: rotated and shifted, because a checksum of bytes that
  /// hold their own checksum is weak.
  static func masked(_ bytes: [UInt8]) -> UInt32 {
    let plain = checksum(of: bytes)
    return (plain >> 15 | plain << 17) &+ 0xA282_EAD8
  }
}
