import GANData
import GANTraining
import HTTPTypes
import SwiftGAN

/// What a trained network does for a request.
enum PlayRoutes {
  static let all = [abilities, sample, translate, enlarge, complete, reconstruct, classify]

  private static let checkpoint = Parameter(
    "checkpoint", .text(pattern: "newest|best|[0-9]{1,10}"), usual: "newest",
    "Which checkpoint: newest, best, or a step.")

  private static let run = RunRoutes.runParameter

  private static let abilities = Route(
    method: .get, path: "/api/runs/{run}/abilities", summary: "What the run can be asked for.",
    parameters: [run, checkpoint], result: .json(schema: "Abilities")
  ) { call in
    try .json(try await use(call) { Abilities($0) })
  }

  // MARK: - From noise

  private static let sample = Route(
    method: .get, path: "/api/runs/{run}/sample",
    summary: "A picture of samples. The same parameters give the same picture.",
    parameters: [
      run, checkpoint,
      Parameter("count", .integer(1...256), usual: 1, "How many, in one picture."),
      Parameter("seed", .seed, usual: 1, "Decides the noise."),
      Parameter(
        "class", .text(),
        "Draws this class only, by its name or number; all in turn unless it is given."),
      Parameter(
        "codes", .text(pattern: codesPattern),
        "Codes to set, such as c1=3,c2=0.5, of a system that has codes."),
      Parameter(
        "truncation", .number(0...2), usual: 1,
        "How far noise keeps from its mean: less is more typical and less varied."),
      Parameter("toward", .seed, "Another seed to walk to."),
      Parameter("at", .number(0...1), usual: 0.5, "How far on the way to it."),
      Parameter("dimension", .integer(0...100_000), "A dimension of the noise to move."),
      Parameter("by", .number(-10...10), usual: 0, "By how much."),
    ], result: .file(.png)
  ) { call in
    let request = drawing(call.values)
    return .png(try await use(call) { try request.picture(of: $0.run) })
  }

  private static func drawing(_ values: Values) -> DrawingRequest {
    var request = DrawingRequest()
    request.count = values.integer("count") ?? 1
    request.seed = values.seed("seed") ?? 1
    request.classes = values["class"].map { [$0] }
    request.codes = values["codes"].map(codes) ?? []
    request.truncation = values.number("truncation") ?? 1
    request.toward = values.seed("toward").map { ($0, values.number("at") ?? 0.5) }
    request.move = values.integer("dimension").map { ($0, values.number("by") ?? 0) }
    return request
  }

  private static let codesPattern = {
    let code = #"[a-z0-9]{1,9}=-?[0-9]{1,9}(\.[0-9]{1,9})?"#
    return "\(code)(,\(code)){0,99}"
  }()

  private static func codes(_ text: String) -> [(name: String, value: Double)] {
    text.split(separator: ",").compactMap { part in
      let sides = part.split(separator: "=")
      return Double(sides[1]).map { (String(sides[0]), $0) }
    }
  }

  // MARK: - From a picture

  private static let translate = picture(
    "translate", "An image of the other kind.",
    [
      Parameter(
        "direction", .choice(["ab", "ba"]), "Which way; the system's usual unless it is given."),
      Parameter("seed", .seed, usual: 1, "Decides the style, of a system that has styles."),
    ]
  ) { .translate($0["direction"], seed: $0.seed("seed") ?? 1) }

  private static let enlarge = picture("enlarge", "The picture, larger.") { _ in .enlarge }

  private static let complete = picture(
    "complete", "The picture with its transparent pixels filled.", takes: .layeredPicture
  ) { _ in .complete }

  private static let reconstruct = picture(
    "reconstruct", "What the generator makes of the picture's code.",
    [
      Parameter(
        "attribute", .text(),
        "What the code is moved along: an attribute that a table of the run's images tells, or a class of theirs."
      ),
      Parameter("by", .number(-10...10), usual: 1, "By how much: 1 adds it, -1 takes it away."),
    ]
  ) { .reconstruct(attribute: $0["attribute"], by: $0.number("by") ?? 1) }

  private static func picture(
    _ name: String, _ summary: String, _ parameters: [Parameter] = [],
    takes body: Route.Body = .picture, _ task: @escaping @Sendable (Values) -> PictureTask
  ) -> Route {
    Route(
      method: .post, path: "/api/runs/{run}/\(name)", summary: summary,
      parameters: [run, checkpoint] + parameters, body: body, result: .file(.png)
    ) { call in
      let task = task(call.values)
      return .png(try await use(call) { try task.picture(of: call.body, by: $0) })
    }
  }

  private static let classify = Route(
    method: .post, path: "/api/runs/{run}/classify",
    summary: "How likely the picture is of each class, by name.",
    parameters: [run, checkpoint], body: .picture, result: .json(schema: "Likelihoods")
  ) { call in
    let likelihoods = try await use(call) { opened in
      let run = opened.run
      let options = DecodingOptions(pixelLimit: PictureTask.mostPixels)
      let picture = try DecodedImage(decoding: call.body, name: "the picture", options: options)
      return Dictionary(zip(run.classNames, try run.classify(picture))) { $0 + $1 }
    }
    return try .json(likelihoods)
  }

  private static func use<Result: Sendable>(
    _ call: Call, _ body: @Sendable (OpenedRun) throws -> Result
  ) async throws -> Result {
    try await call.site.networks.use(call.run.directory, call.checkpoint, body)
  }
}
