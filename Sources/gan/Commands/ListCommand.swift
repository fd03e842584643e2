import ArgumentParser
import GANKit
import GANZoo

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
    Console.print(SystemEntry.table(systems))
    Console.print("\n" + SystemEntry.table(helpers))
  }
}

/// One line of the list.
struct SystemEntry: Encodable {
  let name: String
  let title: String
  let summary: String
  let data: String
  let needsLabels: Bool

  init<R: Recipe>(_ recipe: R.Type) {
    (name, title, summary) = (R.card.name, R.card.title, R.card.summary)
    (data, needsLabels) = (R.Batch.kind.description, R.Batch.kind.needsLabels)
  }

  static func table(_ entries: [SystemEntry]) -> String {
    textTable(
      entries.map { [$0.name, $0.title, $0.data, $0.summary] })
  }
}

/// Rows with the columns flush left, two spaces apart.
func textTable(_ rows: [[String]]) -> String {
  let columns = rows.map(\.count).max() ?? 0
  let widths = (0..<columns).map { column in
    rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
  }
  return rows.map { row in
    let cells = zip(row, widths).map { text, width in
      text + String(repeating: " ", count: width - text.count)
    }
    var line = cells.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line
  }.joined(separator: "\n")
}
