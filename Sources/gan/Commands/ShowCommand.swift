import ArgumentParser
import GANKit
import GANZoo

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
  }

  let name: String
  let title: String
  let summary: String
  let paper: String
  let deviations: [String]
  let claim: String
  let data: String
  let needsLabels: Bool
  let fields: [Field]

  init<R: Recipe>(_ recipe: R.Type) throws {
    let card = R.card
    (name, title, summary, paper) = (card.name, card.title, card.summary, card.paper)
    (deviations, claim) = (card.deviations, card.claim)
    (data, needsLabels) = (R.Batch.kind.description, R.Batch.kind.needsLabels)
    let defaults = try R.Config().jsonObject()
    fields = R.Config.fields.compactMap { field in
      defaults[field.name].map { Field(name: field.name, default: $0, meaning: field.meaning) }
    }
  }

  var text: String {
    let deviations = deviations.map { "  - \($0)" }
    let table = textTable(fields.map { ["  \($0.name)", $0.default.description, $0.meaning] })
    return
      ([
        "\(title) (\(name))", summary, "", "Paper: \(paper)", "Claim: \(claim)",
        "Learns from: \(data)", "",
        deviations.isEmpty ? "Deviations: none" : "Deviations:",
      ] + deviations + ["", "Configuration (--set field=value):", table]).joined(separator: "\n")
  }
}
