/// Height and width of pictures, written `HEIGHTxWIDTH` everywhere, as in `128x256`; squares also as one
/// number.
public struct ImageSize: Sendable, Hashable {
  /// Rows.
  public let height: Int
  /// Columns.
  public let width: Int

  /// A size.
  public init(height: Int, width: Int) { (self.height, self.width) = (height, width) }

  /// A square.
  public init(side: Int) { self.init(height: side, width: side) }

  /// Whether it is a square.
  public var isSquare: Bool { height == width }

  /// The longer of both.
  public var longest: Int { max(height, width) }

  /// Pixels of one channel.
  public var area: Int { height * width }

  /// Width by height.
  var proportion: Double { Double(width) / Double(height) }

  /// What has at least the height and the width of both.
  func union(_ other: ImageSize) -> ImageSize {
    ImageSize(height: max(height, other.height), width: max(width, other.width))
  }

  /// Whether another size has its place inside.
  public func holds(_ other: ImageSize) -> Bool {
    other.height <= height && other.width <= width
  }

  /// As somebody writes it: `64` for a square, else `128x256`.
  public var name: String { isSquare ? "\(height)" : description }
}

extension ImageSize: LosslessStringConvertible, ExpressibleByIntegerLiteral {
  /// Height by width, as in `321x481`.
  public var description: String { "\(height)x\(width)" }

  /// Reads `64` or `128x256`, height first.
  public init?(_ text: String) {
    let parts = text.split(separator: "x", omittingEmptySubsequences: false)
    let sides = parts.compactMap { Int($0) }
    guard sides.count == parts.count, (1...2).contains(sides.count) else { return nil }
    self.init(height: sides[0], width: sides[sides.count - 1])
  }

  /// A square.
  public init(integerLiteral side: Int) { self.init(side: side) }
}

extension ImageSize: Codable {
  /// Reads a number, which is the side of a square, or text.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let side = try? container.decode(Int.self) {
      self.init(side: side)
      return
    }
    let text = try container.decode(String.self)
    guard let size = ImageSize(text) else {
      throw DecodingError.dataCorruptedError(
        in: container,
        debugDescription: "'\(text)' is no size; sizes are as 64 or 128x256 (height x width)")
    }
    self = size
  }

  /// Writes a square as the number that its side is.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if isSquare { try container.encode(height) } else { try container.encode(description) }
  }
}

extension ImageHeader {
  /// Rows and columns.
  public var size: ImageSize { ImageSize(height: height, width: width) }
}
