/// Names beside a piece of what they stand for, as many in a row as fit.
struct Legend {
  /// What stands before a name.
  enum Sign { case line, area, dot }

  private struct Entry {
    let name: String
    let style: Style
    let x: Double
  }

  private let rows: [[Entry]]

  private static let (pitch, size, sign) = (18.0, 8.0, 26.0)

  /// Names of things in the order of their styles, between two places.
  init(_ names: [String], from left: Double, width: Double) {
    var (rows, x): ([[Entry]], Double) = ([[]], left)
    for (index, name) in names.enumerated() {
      let short = Typeface.shortened(name, to: width - Legend.sign, size: Legend.size)
      let needed = Legend.sign + Typeface.width(of: short, size: Legend.size)
      if x + needed > left + width, x > left { (rows, x) = (rows + [[]], left) }
      rows[rows.count - 1].append(Entry(name: short, style: Style(index), x: x))
      x += needed + 20
    }
    self.rows = rows
  }

  /// How many pixels of height it takes.
  var height: Double { Double(rows.count) * Legend.pitch }

  /// Draws it from a place down.
  func draw(in scene: inout Scene, top: Double, sign: Sign) {
    for (row, entries) in rows.enumerated() {
      let baseline = top + 13 + Double(row) * Legend.pitch
      for entry in entries {
        draw(sign, entry.style, Place(entry.x, baseline - 4), in: &scene)
        scene.write(entry.name, at: Place(entry.x + Legend.sign, baseline), size: Legend.size)
      }
    }
  }

  private func draw(_ sign: Sign, _ style: Style, _ place: Place, in scene: inout Scene) {
    switch sign {
    case .line:
      scene.add(
        .line(
          [place, Place(place.x + 20, place.y)], style.ink, width: 2.5, dashes: style.dashes))
    case .area:
      scene.add(.area(Place(place.x, place.y - 5), width: 20, height: 10, style.ink))
    case .dot: style.mark(Place(place.x + 14, place.y), radius: 5, in: &scene)
    }
  }
}

/// How the things of a drawing are told apart: by colours, and when these begin again also by form.
struct Style {
  /// The colour.
  let ink: Ink
  private let round: Int

  /// That of the first, second, ... thing.
  init(_ index: Int) {
    ink = Ink.series[index % Ink.series.count]
    round = index / Ink.series.count % 3
  }

  /// Of a line: whole, dashed, dotted.
  var dashes: [Double] { [[], [7, 5], [1, 4]][round] }

  /// A point as a dot, a ring or a square.
  func mark(_ place: Place, radius: Double, in scene: inout Scene) {
    switch round {
    case 0: scene.add(.dot(place, radius: radius, ink))
    case 1: scene.add(.circle(place, radius: radius - 0.6, ink))
    default:
      scene.add(
        .area(
          Place(place.x - radius, place.y - radius), width: 2 * radius, height: 2 * radius, ink))
    }
  }
}
