import GANTraining
import HTTPTypes

/// One thing that the server does: how it is asked for, what it takes and what it gives. The router and the
/// OpenAPI description are made of the same values.
struct Route: Sendable {
  /// What a request carries.
  enum Body: Sendable {
    /// Nothing.
    case none
    /// An image file.
    case picture
    /// A PNG, parts of which are transparent.
    case layeredPicture

    /// The types that are taken, first those of the description; none where nothing is.
    var types: [String] {
      switch self {
      case .none: []
      case .picture:
        ["image/png", "image/jpeg", "image/webp", "image/", "application/octet-stream"]
      case .layeredPicture: ["image/png"]
      }
    }
  }

  /// What is answered.
  enum Result: Sendable {
    /// JSON of a schema of the description.
    case json(schema: String)
    case file(Answer.Kind)
  }

  let method: HTTPRequest.Method
  /// Such as `/api/runs/{run}/sample`.
  let path: String
  let summary: String
  var parameters: [Parameter] = []
  var body = Body.none
  let result: Result
  let handle: @Sendable (Call) async throws -> Answer

  private var parts: [Substring] { path.split(separator: "/") }

  /// The names and texts of the path's parameters; `nil` for the path of another route.
  func match(_ components: [String]) -> [String: String]? {
    let parts = parts
    guard parts.count == components.count else { return nil }
    var values: [String: String] = [:]
    for (part, component) in zip(parts, components) {
      if part.hasPrefix("{") {
        values[String(part.dropFirst().dropLast())] = component
      } else if part != component {
        return nil
      }
    }
    return values
  }
}

/// A request whose values are right.
struct Call: Sendable {
  let site: SiteServices
  let values: Values
  let body: [UInt8]

  /// The run that the path names.
  ///
  /// - Throws: ``APIError`` where there is none.
  var run: NamedRun { get throws { try site.folder.run(values["run"] ?? "") } }

  /// The checkpoint that the query names.
  var checkpoint: CheckpointChoice {
    switch values["checkpoint"] {
    case "best"?: .best
    case let step?: Int(step).map(CheckpointChoice.at) ?? .newest
    case nil: .newest
    }
  }
}

/// What all requests share.
struct SiteServices: Sendable {
  let folder: RunFolder
  let index: RunIndex
  let networks: Networks
}
