import Foundation
import GANAnalysis
import GANTraining
import HTTPTypes

/// What is read from runs, without opening a network.
enum RunRoutes {
  static let all = [runs, run, metrics, curves, sheet]

  static let runParameter: Parameter = {
    var parameter = Parameter("run", .text(), "The run's name, as the list of runs has it.")
    parameter.isInPath = true
    return parameter
  }()

  private static let runs = Route(
    method: .get, path: "/api/runs", summary: "All runs at a glance, the one begun last first.",
    result: .json(schema: "Runs")
  ) { call in
    try .json(await call.site.index.summaries(of: call.site.folder))
  }

  private static let run = Route(
    method: .get, path: "/api/runs/{run}",
    summary: "One run: where it stands, its configuration and its evaluations.",
    parameters: [runParameter], result: .json(schema: "RunDetail")
  ) { call in
    let run = try call.run
    return try .json(RunDetail(run, await call.site.index.summary(run)))
  }

  private static let metrics = Route(
    method: .get, path: "/api/runs/{run}/metrics",
    summary: "The numbers that training has logged, by name: steps and values.",
    parameters: [runParameter, points], result: .json(schema: "Metrics")
  ) { call in
    let history = try history(call.run).thinned(to: call.values.integer("points") ?? 1000)
    return try .json(
      history.metrics.mapValues { points in
        Series(steps: points.map(\.step), values: points.map(\.value))
      })
  }

  private static let curves = Route(
    method: .get, path: "/api/runs/{run}/curves",
    summary: "The same as a picture: a panel for each family of numbers.",
    parameters: [runParameter, points], result: .file(.svg)
  ) { call in
    let history = try history(call.run).thinned(to: call.values.integer("points") ?? 1000)
    return Answer(kind: .svg, bytes: MetricCurves([history]).scene().svg())
  }

  private static let points = Parameter(
    "points", .integer(2...100_000), usual: 1000, "As many numbers of each at most.")

  private static let sheet = Route(
    method: .get, path: "/api/runs/{run}/sheets/{step}",
    summary: "The sample sheet of a step: what the same noise, or the same images, became.",
    parameters: [runParameter, stepParameter], result: .file(.png)
  ) { call in
    let path = try call.run.directory.samplePath(call.values.integer("step") ?? 0)
    return Answer(kind: .png, bytes: try call.site.folder.contents(of: path))
  }

  private static let stepParameter: Parameter = {
    var parameter = Parameter(
      "step", .integer(0...RunConfiguration.mostSteps), "The sheet's step.")
    parameter.isInPath = true
    return parameter
  }()

  private static func history(_ run: NamedRun) throws -> MetricHistory {
    try MetricHistory(run.directory, name: run.name)
  }
}

/// Numbers over steps.
private struct Series: Encodable {
  let steps: [Int]
  let values: [Double?]
}
