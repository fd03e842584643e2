import ArgumentParser
import GANKit
import GANZoo
import SwiftGAN

/// `gan show`
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Describe a system: its paper, its claim, its configuration.",
    discussion: """
      Every field can be changed with `gan train NAME --set field=value`. A preset is a set of numbers \
      that belong together; `gan train NAME` takes the first, `--preset paper` the authors'.

      EXAMPLES:
        gan show wgan-gp
        gan show dcgan --json
      """)

  @Argument(
    help: ArgumentHelp("The system; `gan list` names them all.", valueName: "name"),
    completion: .list(Zoo.recipes.map { $0.card.name }))
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
    /// Whether a run may be resumed with another value.
    let mayChange: Bool
  }

  /// A set of numbers.
  struct Preset: Encodable {
    let name: String
    let summary: String
    let batchSize: Int
    let steps: Int
    /// The fields that are not at their defaults.
    let changes: [String: ConfigValue]

    init<R: Recipe>(_ preset: SwiftGAN.Preset<R>) throws {
      (name, summary) = (preset.name, preset.summary)
      (batchSize, steps) = (preset.run.batchSize, preset.run.steps)
      let defaults = try R.Config().jsonObject()
      changes = try preset.config.jsonObject().filter { defaults[$0.key] != $0.value }
    }

    var row: [String] {
      ["  \(name)", "\(steps) steps of \(batchSize)", summary]
    }

    /// `  small: generatorWidth=32 ema=0.995`.
    func settings(in order: [String]) -> String? {
      let named = order.compactMap { field in changes[field].map { "\(field)=\($0)" } }
      return named.isEmpty ? nil : "  \(name): \(named.joined(separator: " "))"
    }
  }

  let name: String
  let title: String
  let summary: String
  let paper: String
  let deviations: [String]
  let claims: [String]
  /// Whether they hold in bfloat16, too.
  let holdsInBFloat16: Bool
  let data: String
  let needsLabels: Bool
  let needs: String
  /// The first is taken where none is named.
  let presets: [Preset]
  let fields: [Field]

  init<R: Recipe>(_ recipe: R.Type) throws {
    let card = R.card
    (name, title, summary, paper) = (card.name, card.title, card.summary, card.paper)
    deviations = card.deviations
    claims = Claims.claims(of: recipe).map(\.statement)
    holdsInBFloat16 = card.holdsInBFloat16
    let layout = R.layout(R.Config())
    (data, needsLabels) = (layout.description, layout.needsLabels)
    needs = R.needs(R.Config()).words
    presets = try R.presets.map { try Preset($0) }
    let defaults = try R.Config().jsonObject()
    fields = R.Config.fields.compactMap { field in
      defaults[field.name].map {
        Field(
          name: field.name, default: $0, meaning: field.meaning, choices: field.choices,
          mayChange: field.scope == .step)
      }
    }
  }

  var text: String {
    let deviations = deviations.map { "  - \($0)" }
    let table = textTable(
      fields.map {
        ["  \($0.name)\($0.mayChange ? "*" : "")", $0.default.description, $0.meaning]
      })
    return
      ([
        "\(title) (\(name))", summary, "", "Paper: \(paper)",
      ] + claims.map { "Claim: \($0)" } + [
        "Number format: float32" + (holdsInBFloat16 ? "; bfloat16 keeps the claim" : ""),
        "Learns from: \(data); needs \(needs)", "",
        deviations.isEmpty ? "Deviations: none" : "Deviations:",
      ] + deviations + [
        "", "Presets (--preset name; \(presets[0].name) unless one is named):",
        textTable(presets.map(\.row)),
      ] + presets.compactMap { $0.settings(in: fields.map(\.name)) } + [
        "", "Configuration (--set field=value) and its defaults:", table,
        "  * a run may be resumed with another value",
      ]).joined(separator: "\n")
  }
}
