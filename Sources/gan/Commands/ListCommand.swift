import ArgumentParser
import GANKit
import GANZoo
import SwiftGAN

/// `gan list`
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the systems that can be trained.",
    discussion: """
      EXAMPLES:
        gan list
        gan list --json
      """)

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let systems = Zoo.recipes.map { SystemEntry($0) }
    let helpers = Zoo.helpers.map { SystemEntry($0) }
    if json { return try Console.print(prettyJSON: systems + helpers) }
    Console.print(SystemEntry.pages(systems))
    Console.print("\nNo GAN, but trained as well\n" + SystemEntry.table(helpers))
  }
}

/// One line of the list.
struct SystemEntry: Encodable {
  let name: String
  let title: String
  let summary: String
  /// The year and the authors of the paper, as a table has room for them.
  let paper: String
  let group: SystemGroup
  let data: String
  let needsLabels: Bool
  /// What the networks ask of the images, by default.
  let needs: String

  init<R: Recipe>(_ recipe: R.Type) {
    let (config, card) = (R.Config(), R.card)
    let layout = R.layout(config)
    (name, title, summary, paper) = (card.name, card.title, card.summary, card.paper)
    group = SystemGroup(of: recipe)
    (data, needsLabels) = (layout.description, layout.needsLabels)
    needs = R.needs(config).words
  }

  /// A table of each group, under what it is for.
  static func pages(_ entries: [SystemEntry]) -> String {
    let lines = zip(entries, table(entries).split(separator: "\n"))
    return SystemGroup.allCases.map { group in
      ([group.rawValue] + lines.filter { $0.0.group == group }.map { String($0.1) })
        .joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  static func table(_ entries: [SystemEntry]) -> String {
    textTable(entries.map { ["  " + $0.name, $0.summary] })
  }
}
