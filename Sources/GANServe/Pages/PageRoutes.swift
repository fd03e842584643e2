import GANTraining
import HTTPTypes
import SwiftGAN

/// The pages for people.
enum PageRoutes {
  static let all = [runs, run, play, differences]

  private static let runs = Route(
    method: .get, path: "/", summary: "All runs.", result: .file(.html)
  ) { call in
    let runs = await call.site.index.summaries(of: call.site.folder)
    return .page(RunsPage(folder: call.site.folder.path, runs: runs).html)
  }

  private static let run = Route(
    method: .get, path: "/runs/{run}", summary: "One run.", parameters: [RunRoutes.runParameter],
    result: .file(.html)
  ) { call in
    .page(try RunPage(detail: try await detail(call, "run")).html())
  }

  private static let play = Route(
    method: .get, path: "/runs/{run}/play", summary: "The run's playground.",
    parameters: [RunRoutes.runParameter], result: .file(.html)
  ) { call in
    let run = try call.run
    let can = try await call.site.networks.use(run.directory, .newest) { Abilities($0) }
    return .page(PlayPage(run: await call.site.index.summary(run), can: can).html)
  }

  private static let differences = Route(
    method: .get, path: "/differences", summary: "What differs between two runs.",
    parameters: [
      Parameter("a", .text(), "A run."), Parameter("b", .text(), "Another run."),
    ], result: .file(.html)
  ) { call in
    .page(
      try DifferencesPage(a: try await detail(call, "a"), b: try await detail(call, "b")).html())
  }

  private static func detail(_ call: Call, _ name: String) async throws -> RunDetail {
    guard let name = call.values[name] else { throw APIError(.badRequest, "\(name): name a run") }
    let run = try call.site.folder.run(name)
    return try RunDetail(run, await call.site.index.summary(run))
  }
}
