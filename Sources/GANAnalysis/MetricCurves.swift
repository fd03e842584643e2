import Foundation
import GANTraining

/// The numbers of one run's `metrics.jsonl` over its steps.
public struct MetricHistory {
  /// How the run is called in a legend.
  public let name: String
  /// For each metric its numbers in order of step; `nil` where training wrote no finite one.
  public let metrics: [String: [(step: Int, value: Double?)]]

  /// Columns of the file that measure no progress of the networks.
  static let unshown: Set<String> = [
    "step", "epoch", "seconds", "images_per_second", "evaluation_seconds", "evaluation_share",
  ]

  /// Reads a run. A last line that a crash cut short is left out.
  ///
  /// - Throws: ``GANTraining/RunError`` where there is no run, or nothing has been logged.
  public init(_ directory: RunDirectory, name: String) throws {
    _ = try directory.configuration()
    let url = URL(fileURLWithPath: directory.path).appendingPathComponent("metrics.jsonl")
    guard let data = try? Data(contentsOf: url) else {
      throw RunError.notARun(directory.path, reason: "metrics.jsonl cannot be read")
    }
    self.name = name
    metrics = MetricHistory.parsed(data)
    if metrics.isEmpty {
      throw RunError.unsupported("\(directory.path): metrics.jsonl holds no numbers yet")
    }
  }

  static func parsed(_ data: Data) -> [String: [(step: Int, value: Double?)]] {
    var metrics: [String: [(step: Int, value: Double?)]] = [:]
    for line in data.split(separator: UInt8(ascii: "\n")) {
      guard let fields = try? JSONDecoder().decode([String: Double?].self, from: line),
        let step = fields["step"] ?? nil, let step = Int(exactly: step)
      else { continue }
      for (name, value) in fields where !unshown.contains(name) {
        metrics[name, default: []].append((step, value))
      }
    }
    return metrics
  }
}

/// Losses and metrics of one or more runs over the training steps: a panel for each family of
/// metrics (the part of the name before `/`), a line for each metric of each run.
public struct MetricCurves {
  private struct Line {
    let name: String
    let points: [(step: Int, value: Double?)]
  }

  private let panels: [(title: String, lines: [Line])]
  private let steps: ClosedRange<Double>

  /// Curves of runs that have logged something.
  public init(_ runs: [MetricHistory]) {
    var families: [String: [Line]] = [:]
    for run in runs {
      for metric in run.metrics.keys.sorted() {
        let family = String(metric.split(separator: "/").first ?? "")
        let name = runs.count == 1 ? metric : "\(run.name): \(metric)"
        families[family, default: []].append(Line(name: name, points: run.metrics[metric] ?? []))
      }
    }
    // The losses first.
    let order = families.keys.sorted { ($0 == "loss" ? "" : $0) < ($1 == "loss" ? "" : $1) }
    panels = order.map { ($0, families[$0] ?? []) }
    let last = runs.flatMap { $0.metrics.values.compactMap(\.last?.step) }.max() ?? 1
    steps = 0...Double(max(last, 1))
  }

  /// The panels below one another.
  public func scene(width: Int = 900, panelHeight: Int = 260) -> Scene {
    let legends = panels.map { legendRows($0.lines, width: Double(width) - 90) }
    let heights = legends.map { panelHeight + 90 + 18 * $0.count }
    var scene = Scene(width: width, height: heights.reduce(10, +))
    var top = 10.0
    for (index, panel) in panels.enumerated() {
      draw(panel, legend: legends[index], top: top, height: Double(panelHeight), in: &scene)
      top += Double(heights[index])
    }
    return scene
  }

  private func draw(
    _ panel: (title: String, lines: [Line]), legend: [[(index: Int, x: Double)]], top: Double,
    height: Double, in scene: inout Scene
  ) {
    let legendHeight = Double(18 * legend.count)
    let axes = Axes(
      frame: (70, top + 30 + legendHeight, Double(scene.width) - 90, height), x: steps,
      y: Axes.range(of: panel.lines.flatMap { $0.points.compactMap(\.value) }))
    axes.draw(in: &scene, xName: "step")
    scene.write(panel.title, at: Place(70, top + 16), size: 10)
    for (row, entries) in legend.enumerated() {
      let y = top + 36 + Double(18 * row)
      for entry in entries {
        let ink = Ink.series[entry.index % Ink.series.count]
        scene.add(.line([Place(entry.x, y - 4), Place(entry.x + 20, y - 4)], ink, width: 2.5))
        scene.write(panel.lines[entry.index].name, at: Place(entry.x + 26, y))
      }
    }
    for (index, line) in panel.lines.enumerated() {
      let ink = Ink.series[index % Ink.series.count]
      for part in stretches(of: line) {
        scene.add(.line(part.map { axes.place($0.x, $0.y) }, ink, width: 1.4))
      }
    }
  }

  /// Which lines' names stand in which row and where, as many in a row as fit.
  private func legendRows(_ lines: [Line], width: Double) -> [[(index: Int, x: Double)]] {
    var (rows, x): ([[(index: Int, x: Double)]], Double) = ([[]], 70)
    for (index, line) in lines.enumerated() {
      let needed = 50 + StrokeFont.width(of: line.name, size: 8)
      if x + needed > 70 + width, x > 70 { (rows, x) = (rows + [[]], 70) }
      rows[rows.count - 1].append((index, x))
      x += needed
    }
    return rows
  }

  /// The connected parts of a line: where a number is missing it is broken.
  private func stretches(of line: Line) -> [[(x: Double, y: Double)]] {
    var parts: [[(x: Double, y: Double)]] = [[]]
    for point in line.points {
      guard let value = point.value else {
        parts.append([])
        continue
      }
      parts[parts.count - 1].append((Double(point.step), value))
    }
    return parts.filter { !$0.isEmpty }
  }
}

extension MetricCurves {
  /// The first, smallest, largest and last number of a metric.
  public struct Summary: Encodable {
    /// The run's name.
    public let run: String
    /// The metric's name.
    public let metric: String
    /// Lines of the log that have a number for it.
    public let points: Int
    /// The number at the first and at the last of them.
    public let first, last: Double
    /// The smallest and the largest number.
    public let least, most: Double
  }

  /// Summaries of all metrics with at least one number.
  public static func summaries(of runs: [MetricHistory]) -> [Summary] {
    runs.flatMap { run in
      run.metrics.keys.sorted().compactMap { metric in
        let values = (run.metrics[metric] ?? []).compactMap(\.value)
        guard let first = values.first, let last = values.last, let least = values.min(),
          let most = values.max()
        else { return nil }
        return Summary(
          run: run.name, metric: metric, points: values.count, first: first, last: last,
          least: least, most: most)
      }
    }
  }
}
