import Foundation
import HTTPTypes

/// The description of the API, version 3.1 of OpenAPI, made of the routes themselves.
enum OpenAPI {
  /// The route that serves it.
  static func route(of others: [Route]) -> Route {
    let document = document(of: others)
    return Route(
      method: .get, path: "/api/openapi.json", summary: "This description.",
      result: .json(schema: "Description")
    ) { _ in try .json(document) }
  }

  static func document(of routes: [Route]) -> JSON {
    var paths: [String: JSON] = [:]
    for route in routes {
      let operation = operation(route)
      let known = paths[route.path] ?? [:]
      paths[route.path] = known.merging([route.method.rawValue.lowercased(): operation])
    }
    return [
      "openapi": "3.1.0",
      "info": [
        "title": "SwiftGAN", "version": "1",
        "description":
          "Runs of generative adversarial networks: what their files say, and what their networks do.",
      ],
      "paths": .object(paths),
      "components": ["schemas": .object(Schemas.all)],
    ]
  }

  private static func operation(_ route: Route) -> JSON {
    var operation: [String: JSON] = [
      "summary": .text(route.summary),
      "operationId": .text(operationName(route)),
      "parameters": .list(route.parameters.map(parameter)),
      "responses": .object(responses(route)),
    ]
    let types = route.body.types.filter { $0.hasPrefix("image/") && $0 != "image/" }
    if !types.isEmpty {
      let image: JSON = ["schema": ["type": "string", "format": "binary"]]
      operation["requestBody"] = [
        "required": true, "description": "An image file of at most 32 MiB.",
        "content": .object(Dictionary(types.map { ($0, image) }) { $1 }),
      ]
    }
    return .object(operation)
  }

  /// Such as `getRunsSheets`.
  private static func operationName(_ route: Route) -> String {
    let words = route.path.split(separator: "/").dropFirst().filter { !$0.hasPrefix("{") }
    return route.method.rawValue.lowercased()
      + (route.path.contains("{run}") ? "Run" : "All")
      + words.map { $0.prefix { $0 != "." }.capitalized }.joined()
  }

  private static func parameter(_ parameter: Parameter) -> JSON {
    [
      "name": .text(parameter.name), "in": parameter.isInPath ? "path" : "query",
      "required": .flag(parameter.isInPath), "description": .text(parameter.meaning),
      "schema": schema(parameter),
    ]
  }

  private static func schema(_ parameter: Parameter) -> JSON {
    let schema: JSON =
      switch parameter.kind {
      case .integer(let range):
        [
          "type": "integer", "minimum": .integer(range.lowerBound),
          "maximum": .integer(range.upperBound),
        ]
      case .seed: ["type": "integer", "minimum": 0, "maximum": .integer(.max)]
      case .number(let range):
        [
          "type": "number", "minimum": .number(range.lowerBound),
          "maximum": .number(range.upperBound),
        ]
      case .choice(let names): ["type": "string", "enum": .list(names.map(JSON.text))]
      case .text(let pattern):
        pattern.map { ["type": "string", "pattern": .text("^(?:\($0))$")] } ?? ["type": "string"]
      }
    return parameter.usual.map { schema.merging(["default": $0]) } ?? schema
  }

  private static func responses(_ route: Route) -> [String: JSON] {
    let content: JSON =
      switch route.result {
      case .json(let name): ["application/json": ["schema": reference(name)]]
      case .file(let kind):
        .object([kind.rawValue: ["schema": ["type": "string", "format": "binary"]]])
      }
    let error: JSON = ["application/json": ["schema": reference("Error")]]
    let refusals: [(String, String)] =
      [
        ("400", "A value that makes no sense."), ("401", "A token is asked for."),
        ("403", "A page of another place asks."), ("404", "There is no such run, or step."),
        ("409", "Right in itself, but not for what this run is."),
        ("421", "The server has another name."),
        ("500", "The server's own mistake."), ("503", "Too many requests wait."),
      ]
      + (route.body == .none
        ? []
        : [
          ("408", "The body did not arrive."), ("413", "The picture is too large."),
          ("415", "The body is no image file."),
        ])
    var all: [String: JSON] = [
      "200": ["description": "What was asked for.", "content": content]
    ]
    for (code, meaning) in refusals {
      all[code] = ["description": .text(meaning), "content": error]
    }
    return all
  }

  private static func reference(_ name: String) -> JSON {
    ["$ref": .text("#/components/schemas/\(name)")]
  }
}
