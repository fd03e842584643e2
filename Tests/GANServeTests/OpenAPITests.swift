import Foundation
import GANTraining
import HTTPTypes
import SwiftGAN
import Testing

@testable import GANServe

@Suite("The description of the API")
struct OpenAPITests {
  private func object(_ value: some Encodable) throws -> [String: Any] {
    let data = try JSONEncoder().encode(value)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test("every route below /api is described, and its references lead somewhere")
  func routes() throws {
    let api = GANServer.routes.filter { $0.path.hasPrefix("/api/runs") }
    let document = try object(OpenAPI.document(of: api))
    let paths = try #require(document["paths"] as? [String: [String: Any]])
    #expect(api.count >= 12)
    for route in api {
      #expect(paths[route.path]?[route.method.rawValue.lowercased()] != nil, "\(route.path)")
      if case .json(let schema) = route.result { #expect(Schemas.all[schema] != nil, "\(schema)") }
      let named = route.path.matches(of: /\{(\w+)\}/).map { String($0.1) }
      #expect(Set(named) == Set(route.parameters.filter(\.isInPath).map(\.name)), "\(route.path)")
    }
    let names = paths.values.flatMap(\.values).compactMap { ($0 as? [String: Any])?["operationId"] }
    #expect(Set(names.map { "\($0)" }).count == api.count)
  }

  @Test("schemas have the fields that answers have")
  func schemas() async throws {
    let scratch = try Scratch()
    let run = try scratch.makeRun("one")
    let summary = RunSummary(NamedRun(name: "one", directory: run.directory))
    let abilities = try await Networks().use(run.directory, .newest) { Abilities($0) }
    for (name, value) in [("Run", try object(summary)), ("Abilities", try object(abilities))] {
      let schema = try object(try #require(Schemas.all[name]))
      let known = try #require(schema["properties"] as? [String: Any])
      let required = try #require(schema["required"] as? [String])
      #expect(Set(value.keys).isSubset(of: known.keys), "\(name)")
      #expect(Set(required).isSubset(of: value.keys), "\(name)")
    }
  }
}
