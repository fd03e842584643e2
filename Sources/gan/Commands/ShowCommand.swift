import ArgumentParser
import GANKit
import GANZoo
import SwiftGAN

/// `gan show`
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Describe a system: its paper, its claim, its configuration.",
    discussion: """
      Every field can be changed with `gan train NAME --set field=value`.

      EXAMPLES:
        gan show wgan-gp
        gan show dcgan --json
      """)

  @Argument(help: ArgumentHelp("The system; `gan list` names them all.", valueName: "name"))
  var name: String

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let page = try SystemPage(Zoo.recipe(named: name))
    if json { return try Console.print(prettyJSON: page) }
    Console.print(page.text)
  }
}

/// Everything about one system.
struct SystemPage: Encodable {
  /// A field of the configuration.
  struct Field: Encodable {
    let name: String
    let `default`: ConfigValue
    let meaning: String
    let choices: [String]?
  }

  let name: String
  let title: String
  let summary: String
  let paper: String
  let deviations: [String]
  let claims: [String]
  let data: String
  let needsLabels: Bool
  let needs: String
  let fields: [Field]

  init<R: Recipe>(_ recipe: R.Type) throws {
    let card = R.card
    (name, title, summary, paper) = (card.name, card.title, card.summary, card.paper)
    deviations = card.deviations
    claims = Claims.claims(of: recipe).map(\.statement)
    let layout = R.layout(R.Config())
    (data, needsLabels) = (layout.description, layout.needsLabels)
    needs = R.needs(R.Config()).words
    let defaults = try R.Config().jsonObject()
    fields = R.Config.fields.compactMap { field in
      defaults[field.name].map {
        Field(name: field.name, default: $0, meaning: field.meaning, choices: field.choices)
      }
    }
  }

  var text: String {
    let deviations = deviations.map { "  - \($0)" }
    let table = textTable(fields.map { ["  \($0.name)", $0.default.description, $0.meaning] })
    return
      ([
        "\(title) (\(name))", summary, "", "Paper: \(paper)",
      ] + claims.map { "Claim: \($0)" } + [
        "Learns from: \(data); needs \(needs)", "",
        deviations.isEmpty ? "Deviations: none" : "Deviations:",
      ] + deviations + ["", "Configuration (--set field=value):", table]).joined(separator: "\n")
  }
}
