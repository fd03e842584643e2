import Foundation

/// Several runs in one picture: a panel for each logged number with a line for each run, below them
/// bars for numbers that each run has one of. A run has the same colour everywhere.
public struct RunComparison {
  private let runs: [MetricHistory]
  private let panels: [String]
  private let bars: [Bars]

  /// A comparison.
  ///
  /// - Parameters:
  ///   - runs: Histories with names that tell the runs apart.
  ///   - totals: For each title the numbers of the runs, in their order; `nil` where a run has none.
  public init(_ runs: [MetricHistory], totals: [(title: String, values: [Double?])]) {
    self.runs = runs
    let names = Set(runs.flatMap(\.metrics.keys))
    // The losses first.
    panels = names.sorted { a, b in
      (a.hasPrefix("loss/") ? 0 : 1, a) < (b.hasPrefix("loss/") ? 0 : 1, b)
    }
    bars = totals.map { total in
      Bars(
        title: total.title,
        bars: zip(runs.indices, total.values).compactMap { index, value in
          value.map { Bars.Bar(name: runs[index].name, value: $0, ink: Self.ink(index)) }
        })
    }.filter { !$0.bars.isEmpty }
  }

  private static func ink(_ index: Int) -> Ink { Ink.series[index % Ink.series.count] }

  private static let (columnWidth, panelHeight, gap) = (440.0, 250.0, 30.0)
  private static let width = 2 * columnWidth + 3 * gap

  /// The picture: the legend, the panels and the bars in two columns.
  public func scene() -> Scene {
    let legend = legendRows()
    let head = 24 + 20 * Double(legend.count)
    let panelRows = Double((panels.count + 1) / 2)
    let barRows = stride(from: 0, to: bars.count, by: 2).map {
      bars[$0..<min($0 + 2, bars.count)].map(\.height).max() ?? 0
    }
    let height = head + panelRows * Self.panelHeight + barRows.reduce(20, +)
    var scene = Scene(width: Int(Self.width), height: Int(height))
    drawLegend(legend, in: &scene)
    for (index, name) in panels.enumerated() {
      let top = head + Double(index / 2) * Self.panelHeight
      drawPanel(name, at: Place(left(index), top), in: &scene)
    }
    var top = head + panelRows * Self.panelHeight + 10
    for (index, group) in bars.enumerated() {
      group.draw(in: &scene, at: Place(left(index), top), width: Self.columnWidth)
      if index % 2 == 1 { top += barRows[index / 2] }
    }
    return scene
  }

  private func left(_ index: Int) -> Double {
    Self.gap + Double(index % 2) * (Self.columnWidth + Self.gap)
  }

  // MARK: - Legend

  /// Which runs stand in which row and where, as many in a row as fit.
  private func legendRows() -> [[(run: Int, x: Double)]] {
    var (rows, x): ([[(run: Int, x: Double)]], Double) = ([[]], Self.gap)
    for (index, run) in runs.enumerated() {
      let needed = 50 + StrokeFont.width(of: run.name, size: 8)
      if x + needed > Self.width, x > Self.gap { (rows, x) = (rows + [[]], Self.gap) }
      rows[rows.count - 1].append((index, x))
      x += needed
    }
    return rows
  }

  private func drawLegend(_ rows: [[(run: Int, x: Double)]], in scene: inout Scene) {
    for (row, entries) in rows.enumerated() {
      let y = 26 + 20 * Double(row)
      for entry in entries {
        scene.add(.area(Place(entry.x, y - 9), width: 18, height: 10, Self.ink(entry.run)))
        scene.write(runs[entry.run].name, at: Place(entry.x + 25, y))
      }
    }
  }

  // MARK: - Curves

  private func drawPanel(_ name: String, at corner: Place, in scene: inout Scene) {
    let lines = runs.map { $0.metrics[name] ?? [] }
    let values = lines.joined().compactMap(\.value)
    let last = runs.flatMap { $0.metrics.values.compactMap(\.last?.step) }.max() ?? 1
    let axes = Axes(
      frame: (corner.x + 50, corner.y + 30, Self.columnWidth - 50, Self.panelHeight - 80),
      x: 0...Double(max(last, 1)), y: Axes.range(of: values))
    axes.draw(in: &scene, title: name, xName: "step")
    for (index, line) in lines.enumerated() {
      for part in line.split(whereSeparator: { $0.value == nil }) {
        let places = part.map { axes.place(Double($0.step), $0.value ?? 0) }
        scene.add(.line(places, Self.ink(index), width: 1.4))
        if part.count <= 30 { mark(places, Self.ink(index), in: &scene) }
      }
    }
  }

  /// Points that are far enough from one another to be seen as such.
  private func mark(_ places: [Place], _ ink: Ink, in scene: inout Scene) {
    for place in places {
      scene.add(.area(Place(place.x - 2, place.y - 2), width: 4, height: 4, ink))
    }
  }
}
