/// A colour of 8 bits a sample; in JSON and options `white`, `black` or `#rrggbb`.
public struct RGBColour: Sendable, Hashable {
  /// Red, green and blue.
  public let red, green, blue: UInt8

  /// A colour from its samples.
  public init(red: UInt8, green: UInt8, blue: UInt8) {
    (self.red, self.green, self.blue) = (red, green, blue)
  }

  /// 255 of each.
  public static let white = RGBColour(red: 255, green: 255, blue: 255)
  /// 0 of each.
  public static let black = RGBColour(red: 0, green: 0, blue: 0)

  /// Whether its samples are equal.
  public var isGrey: Bool { red == green && green == blue }

  var samples: [UInt8] { [red, green, blue] }
}

extension RGBColour: LosslessStringConvertible {
  /// Reads `white`, `black` or `#rrggbb`; nil for anything else.
  public init?(_ text: String) {
    switch text.lowercased() {
    case "white": self = .white
    case "black": self = .black
    default:
      let digits = text.dropFirst()
      guard text.hasPrefix("#"), digits.utf8.count == 6, digits.allSatisfy(\.isHexDigit),
        let value = UInt32(digits, radix: 16)
      else { return nil }
      self.init(
        red: UInt8(value >> 16), green: UInt8(value >> 8 & 255), blue: UInt8(value & 255))
    }
  }

  /// The colour's name, or `#rrggbb`.
  public var description: String {
    switch self {
    case .white: "white"
    case .black: "black"
    default: "#" + samples.map(hexadecimal).joined()
    }
  }
}

extension RGBColour: Codable {
  /// Reads the text of a colour.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text = try container.decode(String.self)
    guard let colour = RGBColour(text) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "expected white, black or #rrggbb, found '\(text)'")
    }
    self = colour
  }

  /// Writes the text of the colour.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
