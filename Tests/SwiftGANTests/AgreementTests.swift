import Foundation
import GANKit
import GANZoo
import SwiftGAN
import TestSupport
import Testing

/// What belongs to a system stands in several places, each found by the system's name.
@Suite("The places of a system agree")
struct AgreementTests {
  private static let root = Fixture.folder.deletingLastPathComponent().deletingLastPathComponent()
  private let systems = Set(Zoo.recipes.map { $0.card.name })

  private func names(in folder: String, ending: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(
      atPath: Self.root.appendingPathComponent(folder).path
    ).filter { $0.hasSuffix(ending) && !$0.hasPrefix("__") }.map {
      String($0.dropLast(ending.count))
    }
  }

  @Test("every system has a file in Python, and every such file a system")
  func python() throws {
    let files = try names(in: "Reference/systems", ending: ".py").map {
      $0.replacingOccurrences(of: "_", with: "-")
    }
    #expect(files.sorted() == systems.sorted())
  }

  @Test("every system has goldens of its name, and every golden a system")
  func goldens() throws {
    let owners = try names(in: "Tests/Fixtures/systems", ending: ".safetensors").map { golden in
      // The longest, so that wgan-gp-mlp is not one of wgan.
      systems.filter { golden == $0 || golden.hasPrefix("\($0)-") }.max { $0.count < $1.count }
        ?? "nobody's \(golden)"
    }
    #expect(Set(owners) == systems)
  }

  @Test("every system has a claim of its name, in a file of its own")
  func claims() throws {
    for recipe in Zoo.recipes {
      let claims = Claims.claims(of: recipe)
      #expect(claims.first?.name == recipe.card.name)
      for claim in claims {
        #expect(claim.name.hasPrefix(recipe.card.name) && claim.system == recipe.card.name)
      }
    }
    let files = try names(in: "Sources/SwiftGAN/Claims", ending: "Claims.swift")
    #expect(files.filter { !$0.isEmpty }.sorted() == Zoo.recipes.map { "\($0)" }.sorted())
  }

  /// Of claims on images that nobody may pass on there is no picture.
  @Test(
    "every system has a picture of its name, which README.md shows, and a row of its figures, or is named as not measured yet"
  )
  func pictures() throws {
    let readme = try page("README.md")
    let results = try page("Documentation/Results.md")
    let beneath = results.components(separatedBy: "\nNot measured yet: ").dropFirst().first
    let unmeasured = systems.intersection(beneath?.split(separator: "`").map(String.init) ?? [])
    let measured = systems.subtracting(unmeasured)
    let shown = measured.filter { name in
      Claims.all.contains { $0.name == name && !$0.needsRealImages }
    }
    #expect(try names(in: "Documentation/pictures", ending: ".png").sorted() == shown.sorted())
    for name in shown {
      #expect(readme.contains("(Documentation/pictures/\(name).png)"), "\(name)")
    }
    for name in measured { #expect(results.contains("\n| `\(name)` |"), "\(name)") }
    for name in unmeasured { #expect(!results.contains("\n| `\(name)` |"), "\(name)") }
    let claims = Set(Claims.all.map(\.name))
    for line in results.split(separator: "\n") where line.hasPrefix("| `") {
      let name = line.split(separator: "`")[1]
      #expect(claims.contains(String(name)), "\(name) is no claim")
    }
  }

  @Test(
    "cards say whether all claims that hold in float32 hold in bfloat16", arguments: Zoo.recipes)
  func numberFormats(_ recipe: any Recipe.Type) throws {
    let rows = try page("Documentation/Results.md").split(separator: "\n")
    func isMet(_ title: String) -> Bool {
      rows.contains { $0.hasPrefix("| \(title) | ") && $0.contains(" | met | ") }
    }
    let claims = Claims.claims(of: recipe).map { "`\($0.name)`" }.filter(isMet)
    let holds = !claims.isEmpty && claims.allSatisfy { isMet("\($0) in bfloat16") }
    #expect(recipe.card.holdsInBFloat16 == holds)
  }

  /// The package that `Tests/Consumer` makes of it is built and run by `make consumer`.
  @Test("README.md shows what the consumer compiles and runs")
  func snippet() throws {
    let consumer = try page("Tests/Consumer/main.swift")
    let parts = consumer.components(separatedBy: "// README.md shows this.\n")
    let shown = try #require(parts.last?.components(separatedBy: "\n\n").first)
    let snippet = shown.replacingOccurrences(of: "\\(folder)/", with: "runs/")
    let readme = try page("README.md")
    #expect(parts.count == 2 && readme.contains("```swift\nimport SwiftGAN\n\n\(snippet)\n```"))
  }

  private func page(_ path: String) throws -> String {
    try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
  }
}
