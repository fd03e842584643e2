import Foundation
import GANData

/// Scenes as SVG 1.1 text, which browsers and vector programs open.
enum SVGWriter {
  static func document(_ scene: Scene) -> String {
    let size = "width=\"\(scene.width)\" height=\"\(scene.height)\""
    let head = """
      <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" \
      \(size) viewBox="0 0 \(scene.width) \(scene.height)" font-family="sans-serif">
      <rect \(size) fill="#ffffff"/>
      """
    return ([head] + scene.shapes.map(element) + ["</svg>", ""]).joined(separator: "\n")
  }

  private static func element(_ shape: Scene.Shape) -> String {
    switch shape {
    case .line(let places, let ink, let width):
      let points = places.map { "\(number($0.x)),\(number($0.y))" }.joined(separator: " ")
      return "<polyline fill=\"none\" stroke=\"\(code(ink))\" stroke-width=\"\(number(width))\" "
        + "stroke-linejoin=\"round\" points=\"\(points)\"/>"
    case .area(let place, let width, let height, let ink):
      return "<rect \(corner(place)) width=\"\(number(width))\" height=\"\(number(height))\" "
        + "fill=\"\(code(ink))\"/>"
    case .circle(let place, let radius, let ink):
      return "<circle cx=\"\(number(place.x))\" cy=\"\(number(place.y))\" r=\"\(number(radius))\" "
        + "fill=\"none\" stroke=\"\(code(ink))\"/>"
    case .text(let text, let place, let size, let anchor, let ink):
      // A font's size is about 1.4 times the height of its capitals.
      return "<text \(corner(place)) font-size=\"\(number(size * 1.4))\" "
        + "text-anchor=\"\(anchor.rawValue)\" fill=\"\(code(ink))\">\(escaped(text))</text>"
    case .picture(let picture, let place, let scale):
      let data = Data(picture.pngData()).base64EncodedString()
      return "<image \(corner(place)) width=\"\(picture.width * scale)\" "
        + "height=\"\(picture.height * scale)\" style=\"image-rendering:pixelated\" "
        + "xlink:href=\"data:image/png;base64,\(data)\"/>"
    }
  }

  private static func corner(_ place: Place) -> String {
    "x=\"\(number(place.x))\" y=\"\(number(place.y))\""
  }

  private static func number(_ value: Double) -> String {
    String(format: "%.2f", locale: Locale(identifier: "en_US_POSIX"), value)
  }

  private static func code(_ ink: Ink) -> String {
    String(format: "#%02x%02x%02x", ink.red, ink.green, ink.blue)
  }

  /// Text as XML holds it; characters that XML cannot hold become question marks.
  private static func escaped(_ text: String) -> String {
    let scalars = text.unicodeScalars.map { $0.value < 32 ? "?" : $0 }
    return String(String.UnicodeScalarView(scalars)).replacing("&", with: "&amp;")
      .replacing("<", with: "&lt;").replacing(">", with: "&gt;")
  }
}
