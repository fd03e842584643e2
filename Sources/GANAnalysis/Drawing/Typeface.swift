import CCairo

/// The letters of drawings: the system's sans-serif, or Cairo's own where a machine has no fonts.
enum Typeface {
  private static let family = "sans-serif"

  /// A font's size for capitals of a height.
  private static func fontSize(_ capitals: Double) -> Double { capitals * 1.4 }

  /// How wide a text is whose capitals are `size` high.
  static func width(of text: String, size: Double) -> Double {
    var (scale, unit) = (cairo_matrix_t(), cairo_matrix_t())
    cairo_matrix_init_scale(&scale, fontSize(size), fontSize(size))
    cairo_matrix_init_identity(&unit)
    let face = cairo_toy_font_face_create(
      family, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL)
    let options = options()
    let font = cairo_scaled_font_create(face, &scale, &unit, options)
    var extents = cairo_text_extents_t()
    cairo_scaled_font_text_extents(font, printable(text), &extents)
    cairo_scaled_font_destroy(font)
    cairo_font_options_destroy(options)
    cairo_font_face_destroy(face)
    return extents.x_advance
  }

  /// Makes a context write so.
  static func choose(in context: OpaquePointer, size: Double) {
    cairo_select_font_face(context, family, CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL)
    cairo_set_font_size(context, fontSize(size))
  }

  /// Grey edges, for a picture is seen on any screen; advances as in print, so that a text is equally
  /// wide in pixels and in SVG. The caller destroys them.
  static func options() -> OpaquePointer? {
    let options = cairo_font_options_create()
    cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY)
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT)
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF)
    return options
  }

  /// The text without characters that cannot be written, which become question marks.
  static func printable(_ text: String) -> String {
    let isControl = { (scalar: Unicode.Scalar) in
      scalar.value < 32 || scalar.value & 0xFFFE == 0xFFFE
    }
    return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "?" : $0 }))
  }

  /// The end of a text, which tells paths apart, where the whole does not fit.
  static func shortened(_ text: String, to width: Double, size: Double) -> String {
    guard self.width(of: text, size: size) > width else { return text }
    var rest = Substring(text)
    while !rest.isEmpty, self.width(of: "..\(rest)", size: size) > width {
      rest = rest.dropFirst()
    }
    return "..\(rest)"
  }
}
