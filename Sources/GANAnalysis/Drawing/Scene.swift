import GANData

/// A colour, each part from 0 to 255.
public struct Ink: Sendable, Equatable {
  /// Red, green and blue.
  public let red, green, blue: UInt8

  /// A colour as `0xRRGGBB`.
  public init(_ code: UInt32) {
    red = UInt8(code >> 16 & 255)
    green = UInt8(code >> 8 & 255)
    blue = UInt8(code & 255)
  }

  /// Text.
  public static let black = Ink(0x22_2222)
  /// Axes.
  public static let grey = Ink(0x77_7777)
  /// The paper.
  public static let white = Ink(0xFF_FFFF)
  /// Lines of a grid.
  public static let pale = Ink(0xE4_E4E4)
  /// Colours for lines that a reader must tell apart, whatever colours they see: those of Okabe and
  /// Ito (2008) but yellow, which is lost on white, then violet and grey.
  public static let series: [Ink] = [
    Ink(0x00_72B2), Ink(0xD5_5E00), Ink(0x00_9E73), Ink(0xCC_79A7), Ink(0xE6_9F00),
    Ink(0x56_B4E9), Ink(0x7A_3E9D), Ink(0x66_6666),
  ]
}

/// A place in a scene: pixels from the left and from the top.
public struct Place: Sendable, Equatable {
  /// Pixels from the left.
  public var x: Double
  /// Pixels from the top.
  public var y: Double

  /// A place.
  public init(_ x: Double, _ y: Double) { (self.x, self.y) = (x, y) }
}

/// A drawing made of lines, areas, text and pictures, drawn once and written as SVG or PNG.
public struct Scene: Sendable {
  /// Where a text's place lies in it.
  public enum Anchor: String, Sendable { case start, middle, end }

  /// One thing drawn; later ones lie above.
  public enum Shape: Sendable {
    /// Connected segments of one width, with the lengths of dashes and gaps if they are broken.
    case line([Place], Ink, width: Double, dashes: [Double] = [])
    /// A filled rectangle from its upper left corner.
    case area(Place, width: Double, height: Double, Ink)
    /// A circle's outline.
    case circle(Place, radius: Double, Ink)
    /// A filled circle.
    case dot(Place, radius: Double, Ink)
    /// Text on one line; the place lies on its baseline. `size` is the height of capitals.
    case text(String, Place, size: Double, Anchor, Ink)
    /// A picture, every pixel of it `scale` wide, from its upper left corner.
    case picture(DecodedImage, Place, scale: Int)
  }

  /// Pixels across.
  public let width: Int
  /// Pixels down.
  public let height: Int
  /// What is drawn, in order.
  public private(set) var shapes: [Shape] = []

  /// An empty white drawing.
  public init(width: Int, height: Int) { (self.width, self.height) = (width, height) }

  /// Draws above everything so far.
  public mutating func add(_ shape: Shape) { shapes.append(shape) }

  /// Draws text.
  public mutating func write(
    _ text: String, at place: Place, size: Double = 8, _ anchor: Anchor = .start,
    _ ink: Ink = .black
  ) {
    add(.text(text, place, size: size, anchor, ink))
  }
}

extension Scene {
  /// The drawing as a PNG file.
  public func png() -> [UInt8] { Canvas.picture(self).pngData() }

  /// The drawing as an SVG file, whose title is the first text of the drawing.
  public func svg() -> [UInt8] { Canvas.svg(self) }
}
