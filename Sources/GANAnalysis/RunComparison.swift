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
          value.map { Bars.Bar(name: runs[index].name, value: $0, ink: Style(index).ink) }
        })
    }.filter { !$0.bars.isEmpty }
  }

  private static let (columnWidth, panelHeight, gap) = (440.0, 250.0, 30.0)
  private static let width = 2 * columnWidth + 3 * gap

  /// The picture: the legend, the panels and the bars in two columns.
  public func scene() -> Scene {
    let legend = Legend(runs.map(\.name), from: Self.gap, width: Self.width - 2 * Self.gap)
    let head = 24 + legend.height
    let panelRows = Double((panels.count + 1) / 2)
    let barRows = stride(from: 0, to: bars.count, by: 2).map {
      bars[$0..<min($0 + 2, bars.count)].map(\.height).max() ?? 0
    }
    let height = head + panelRows * Self.panelHeight + barRows.reduce(20, +)
    var scene = Scene(width: Int(Self.width), height: Int(height))
    legend.draw(in: &scene, top: 13, sign: .line)
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

  // MARK: - Curves

  private func drawPanel(_ name: String, at corner: Place, in scene: inout Scene) {
    let lines = runs.map { $0.metrics[name] ?? [] }
    let values = lines.joined().compactMap(\.value)
    let last = runs.flatMap { $0.metrics.values.compactMap(\.last?.step) }.max() ?? 1
    let axes = Axes(
      frame: (corner.x + 50, corner.y + 30, Self.columnWidth - 55, Self.panelHeight - 80),
      x: 0...Double(max(last, 1)), y: Axes.range(of: values))
    axes.draw(in: &scene, title: name, xName: "step")
    for (index, line) in lines.enumerated() {
      let style = Style(index)
      for part in line.split(whereSeparator: { $0.value == nil }) {
        let places = part.map { axes.place(Double($0.step), $0.value ?? 0) }
        scene.add(.line(places, style.ink, width: 1.4, dashes: style.dashes))
        // Points that are far enough from one another to be seen as such.
        guard part.count <= 30 else { continue }
        for place in places { style.mark(place, radius: 2.5, in: &scene) }
      }
    }
  }
}
