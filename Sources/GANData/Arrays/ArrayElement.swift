/// What one element of an array of numbers is, in any of NumPy's ways to write it.
struct ArrayElement: Equatable {
  enum Kind: Character {
    case truth = "b"
    case unsigned = "u"
    case signed = "i"
    case real = "f"
  }

  let kind: Kind
  /// 1, 2, 4 or 8.
  let byteCount: Int
  private let isLittle: Bool

  /// Reads a description such as `<f4` or `|u1`; nil for what is no number of these sizes.
  init?(_ description: String) {
    let text = Array(description)
    guard text.count == 3, "<>|=".contains(text[0]), let kind = Kind(rawValue: text[1]),
      let size = text[2].wholeNumberValue, [1, 2, 4, 8].contains(size),
      kind != .real || size > 1, kind != .truth || size == 1
    else { return nil }
    (self.kind, byteCount, isLittle) = (kind, size, text[0] != ">")
  }

  /// What Python calls it.
  var name: String {
    switch kind {
    case .truth: "bool"
    case .unsigned: "uint\(8 * byteCount)"
    case .signed: "int\(8 * byteCount)"
    case .real: "float\(8 * byteCount)"
    }
  }

  /// Whether it counts, as labels do.
  var isWhole: Bool { kind == .unsigned || kind == .signed }

  /// The number whose bytes begin at `offset`.
  func value(_ bytes: UnsafeBufferPointer<UInt8>, at offset: Int) -> Double {
    if byteCount == 1 {
      return kind == .signed ? Double(Int8(bitPattern: bytes[offset])) : Double(bytes[offset])
    }
    var bits: UInt64 = 0
    for place in 0..<byteCount {
      let byte = bytes[offset + (isLittle ? byteCount - 1 - place : place)]
      bits = bits << 8 | UInt64(byte)
    }
    switch (kind, byteCount) {
    case (.real, 2): return Self.half(UInt16(bits))
    case (.real, 4): return Double(Float(bitPattern: UInt32(bits)))
    case (.real, _): return Double(bitPattern: bits)
    case (.signed, 2): return Double(Int16(bitPattern: UInt16(bits)))
    case (.signed, 4): return Double(Int32(bitPattern: UInt32(bits)))
    case (.signed, _): return Double(Int64(bitPattern: bits))
    default: return Double(bits)
    }
  }

  /// A number of 16 bits: a sign, 5 bits of exponent and 10 of fraction. Not all machines have a type
  /// for it.
  private static func half(_ bits: UInt16) -> Double {
    let fraction = Double(bits & 0x3FF) / 1024
    let exponent = Int(bits >> 10 & 31)
    let size: Double =
      switch exponent {
      case 0: fraction * 0x1p-14
      case 31: fraction == 0 ? .infinity : .nan
      default: Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction)
      }
    return bits >> 15 == 1 ? -size : size
  }
}
