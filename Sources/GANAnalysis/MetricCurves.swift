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

  private static let left = 70.0

  /// The panels below one another.
  public func scene(width: Int = 900, panelHeight: Int = 260) -> Scene {
    let legends = panels.map {
      Legend($0.lines.map(\.name), from: Self.left, width: Double(width) - 95)
    }
    let heights = legends.map { Double(panelHeight) + 84 + $0.height }
    var scene = Scene(width: width, height: Int(heights.reduce(10, +)))
    var top = 10.0
    for (index, panel) in panels.enumerated() {
      draw(panel, legend: legends[index], top: top, height: Double(panelHeight), in: &scene)
      top += heights[index]
    }
    return scene
  }

  private func draw(
    _ panel: (title: String, lines: [Line]), legend: Legend, top: Double, height: Double,
    in scene: inout Scene
  ) {
    let axes = Axes(
      frame: (Self.left, top + 32 + legend.height, Double(scene.width) - 95, height), x: steps,
      y: Axes.range(of: panel.lines.flatMap { $0.points.compactMap(\.value) }))
    scene.write(panel.title, at: Place(Self.left, top + 14), size: 10)
    axes.draw(in: &scene, xName: "step")
    legend.draw(in: &scene, top: top + 22, sign: .line)
    for (index, line) in panel.lines.enumerated() {
      let style = Style(index)
      for part in stretches(of: line) {
        scene.add(
          .line(
            part.map { axes.place($0.x, $0.y) }, style.ink, width: 1.4, dashes: style.dashes))
      }
    }
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
