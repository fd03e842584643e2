import CCairo
import Foundation
import GANData

/// A surface of Cairo's on which a scene is drawn, the same for pixels and for SVG.
final class Canvas {
  private let surface: OpaquePointer
  private let context: OpaquePointer

  /// Takes over a surface.
  private init(_ surface: OpaquePointer) {
    self.surface = surface
    context = cairo_create(surface)
    // Round joins: a loss that jumps makes no spikes.
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
    cairo_set_line_cap(context, CAIRO_LINE_CAP_ROUND)
    let options = Typeface.options()
    cairo_set_font_options(context, options)
    cairo_font_options_destroy(options)
  }

  deinit {
    cairo_destroy(context)
    cairo_surface_destroy(surface)
  }

  // MARK: - What is drawn

  private func draw(_ scene: Scene) {
    setInk(.white)
    cairo_paint(context)
    for shape in scene.shapes { draw(shape) }
  }

  private func draw(_ shape: Scene.Shape) {
    switch shape {
    case .line(let places, let ink, let width, let dashes):
      stroke(places, ink, width: width, dashes: dashes)
    case .area(let place, let width, let height, let ink):
      setInk(ink)
      cairo_rectangle(context, place.x, place.y, width, height)
      cairo_fill(context)
    case .circle(let place, let radius, let ink):
      setInk(ink)
      cairo_set_line_width(context, 1.2)
      cairo_new_path(context)
      cairo_arc(context, place.x, place.y, radius, 0, 2 * .pi)
      cairo_stroke(context)
    case .dot(let place, let radius, let ink):
      setInk(ink)
      cairo_new_path(context)
      cairo_arc(context, place.x, place.y, radius, 0, 2 * .pi)
      cairo_fill(context)
    case .text(let text, let place, let size, let anchor, let ink):
      write(text, at: place, size: size, anchor, ink)
    case .picture(let picture, let place, let scale): paste(picture, at: place, scale: scale)
    }
  }

  private func stroke(_ places: [Place], _ ink: Ink, width: Double, dashes: [Double]) {
    guard let first = places.first else { return }
    setInk(ink)
    cairo_set_line_width(context, width)
    cairo_set_dash(context, dashes, Int32(dashes.count), 0)
    cairo_new_path(context)
    cairo_move_to(context, first.x, first.y)
    // A single point is a line without length, of which the round ends remain.
    for place in places.count == 1 ? places[...] : places.dropFirst() {
      cairo_line_to(context, place.x, place.y)
    }
    cairo_stroke(context)
    cairo_set_dash(context, nil, 0, 0)
  }

  private func write(
    _ text: String, at place: Place, size: Double, _ anchor: Scene.Anchor, _ ink: Ink
  ) {
    let width = anchor == .start ? 0 : Typeface.width(of: text, size: size)
    setInk(ink)
    Typeface.choose(in: context, size: size)
    cairo_move_to(context, place.x - (anchor == .middle ? width / 2 : width), place.y)
    cairo_show_text(context, Typeface.printable(text))
  }

  private func paste(_ picture: DecodedImage, at place: Place, scale: Int) {
    guard let pixels = Canvas.surface(of: picture) else { return }
    cairo_save(context)
    cairo_translate(context, place.x.rounded(), place.y.rounded())
    cairo_scale(context, Double(scale), Double(scale))
    cairo_set_source_surface(context, pixels, 0, 0)
    cairo_pattern_set_filter(cairo_get_source(context), CAIRO_FILTER_NEAREST)
    cairo_paint(context)
    cairo_restore(context)
    cairo_surface_destroy(pixels)
  }

  private func setInk(_ ink: Ink) {
    cairo_set_source_rgb(
      context, Double(ink.red) / 255, Double(ink.green) / 255, Double(ink.blue) / 255)
  }
}

// MARK: - Pixels

extension Canvas {
  /// Pixels across and down of one piece: Cairo's pictures end at 32767.
  private static let tile = 16384

  /// The scene as a picture in colour.
  static func picture(_ scene: Scene) -> DecodedImage {
    var pixels = [UInt8](repeating: 255, count: scene.width * scene.height * 3)
    for top in stride(from: 0, to: scene.height, by: tile) {
      for left in stride(from: 0, to: scene.width, by: tile) {
        let (width, height) = (min(tile, scene.width - left), min(tile, scene.height - top))
        let canvas = Canvas(
          cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(width), Int32(height)))
        cairo_translate(canvas.context, Double(-left), Double(-top))
        canvas.draw(scene)
        canvas.forEachRow { row, colours in
          var to = ((top + row) * scene.width + left) * 3
          for colour in colours.prefix(width) {
            pixels[to] = UInt8(truncatingIfNeeded: colour >> 16)
            pixels[to + 1] = UInt8(truncatingIfNeeded: colour >> 8)
            pixels[to + 2] = UInt8(truncatingIfNeeded: colour)
            to += 3
          }
        }
      }
    }
    return DecodedImage(width: scene.width, height: scene.height, channels: 3, pixels: pixels)
  }

  /// The rows of a picture's surface, each pixel `0x--RRGGBB`.
  private func forEachRow(_ body: (Int, UnsafeBufferPointer<UInt32>) -> Void) {
    cairo_surface_flush(surface)
    guard let data = cairo_image_surface_get_data(surface) else { return }
    let stride = Int(cairo_image_surface_get_stride(surface))
    for row in 0..<Int(cairo_image_surface_get_height(surface)) {
      data.advanced(by: row * stride).withMemoryRebound(to: UInt32.self, capacity: stride / 4) {
        body(row, UnsafeBufferPointer(start: $0, count: stride / 4))
      }
    }
  }

  /// A picture in Cairo's own form; nothing where it has no pixels.
  private static func surface(of picture: DecodedImage) -> OpaquePointer? {
    guard picture.width > 0, picture.height > 0,
      let surface = cairo_image_surface_create(
        CAIRO_FORMAT_RGB24, Int32(picture.width), Int32(picture.height)),
      let data = cairo_image_surface_get_data(surface)
    else { return nil }
    let colours = picture.converted(toChannels: 3).pixels
    let stride = Int(cairo_image_surface_get_stride(surface))
    var from = 0
    for row in 0..<picture.height {
      data.advanced(by: row * stride).withMemoryRebound(to: UInt32.self, capacity: picture.width) {
        for column in 0..<picture.width {
          $0[column] =
            UInt32(colours[from]) << 16 | UInt32(colours[from + 1]) << 8
            | UInt32(colours[from + 2])
          from += 3
        }
      }
    }
    cairo_surface_mark_dirty(surface)
    return surface
  }
}

// MARK: - SVG

extension Canvas {
  /// The scene as an SVG file, with what a reader of the screen says about it.
  static func svg(_ scene: Scene) -> [UInt8] {
    var file: [UInt8] = []
    withUnsafeMutablePointer(to: &file) { pointer in
      let surface = cairo_svg_surface_create_for_stream(
        { file, bytes, count in
          file?.assumingMemoryBound(to: [UInt8].self).pointee.append(
            contentsOf: UnsafeBufferPointer(start: bytes, count: Int(count)))
          return CAIRO_STATUS_SUCCESS
        }, pointer, Double(scene.width), Double(scene.height))
      guard let surface else { return }
      cairo_svg_surface_set_document_unit(surface, CAIRO_SVG_UNIT_PX)
      let canvas = Canvas(surface)
      canvas.draw(scene)
      cairo_surface_finish(canvas.surface)
    }
    return described(String(decoding: file, as: UTF8.self), by: scene)
  }

  /// Cairo writes letters as outlines: the words stand in the document's title and description.
  /// Pictures inherit from the document that their pixels stay squares.
  private static func described(_ document: String, by scene: Scene) -> [UInt8] {
    guard let start = document.range(of: "<svg "),
      let end = document.range(of: ">", range: start.upperBound..<document.endIndex)
    else { return [UInt8](document.utf8) }
    let words = scene.shapes.compactMap { shape in
      if case .text(let text, _, _, _, _) = shape, !text.isEmpty { text } else { nil }
    }
    var text = document
    text.insert(
      contentsOf: "\n<title>\(escaped(words.first ?? "drawing"))</title>"
        + "\n<desc>\(escaped(words.joined(separator: "; ")))</desc>", at: end.upperBound)
    text.insert(
      contentsOf: "role=\"img\" style=\"image-rendering:pixelated\" ", at: start.upperBound)
    return [UInt8](text.utf8)
  }

  private static func escaped(_ text: String) -> String {
    Typeface.printable(text).replacing("&", with: "&amp;").replacing("<", with: "&lt;")
      .replacing(">", with: "&gt;")
  }
}
