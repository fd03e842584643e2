import Foundation
import GANData
import GANTraining

/// The table of tested claims, `Documentation/Results.md`: one row for each claim and number format.
package struct ResultsTable {
  private static let title = """
    # Results

    Every row was written by the command in it (`gan reproduce NAME --record FILE`), from the run that
    it made; nothing is typed. Figures are of held-out images, but the distances of `pggan-faces` are to
    all photos of the set, which has no part that is held out. Names in brackets are the features that a
    distance was computed with. The floor is what the figure has to be compared with. Times are of
    training and measuring together, on the machine that made the row, which did other work beside it
    but where systems are compared after equal times.

    """
  private static let head = [
    "claim", "what", "command", "seed", "figure", "floor", "met", "the paper's figure", "time",
  ]
  private var rows: [String: String]

  /// The table in a file; empty where there is no such file.
  package init(_ path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else {
      rows = [:]
      return
    }
    let text = try OpenedText.read(path)
    let lines = text.split(separator: "\n").map(String.init).filter { $0.hasPrefix("| `") }
    rows = Dictionary(lines.map { (Self.label(of: $0), $0) }) { $1 }
  }

  /// Its first cell.
  private static func label(of row: String) -> String {
    row.split(separator: "|").first?.trimmingCharacters(in: .whitespaces) ?? ""
  }
  private static func label(of claim: String, in precision: Precision) -> String {
    "`\(claim)`" + (precision == .float32 ? "" : " in \(precision.rawValue)")
  }

  /// Puts a claim's row in the place of its former one.
  package mutating func record(_ claim: TestedClaim) {
    let label = Self.label(of: claim.name, in: claim.precision ?? .float32)
    let cells = [
      label, claim.statement, "`\(claim.command)`", "\(claim.seed)",
      claim.finding.figure, claim.finding.floor, claim.finding.isMet ? "met" : "**not met**",
      claim.paper, duration(claim.seconds),
    ]
    rows[label] =
      "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
  }

  /// The page, its rows in the order of ``Claims/all``; claims without a row are named beneath.
  package var text: String {
    let order = Claims.all.map(\.name)
    let known = order.flatMap { name in
      Precision.allCases.compactMap { rows[Self.label(of: name, in: $0)] }
    }
    let line = { (cells: [String]) in "| " + cells.joined(separator: " | ") + " |" }
    return ([Self.title + "\n" + line(Self.head), line(Self.head.map { _ in "---" })] + known)
      .joined(separator: "\n") + "\n" + missing(order)
  }

  private func missing(_ order: [String]) -> String {
    let names = order.map { Self.label(of: $0, in: .float32) }.filter { rows[$0] == nil }
    return names.isEmpty ? "" : "\nNot measured yet: \(names.joined(separator: ", ")).\n"
  }

  package func write(to path: String) throws {
    try makeParentFolders(of: path)
    try AtomicFile.write(Array(text.utf8), to: path)
  }
}

/// Reading a whole text file.
enum OpenedText {
  static func read(_ path: String) throws -> String {
    do {
      return try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw DataError.cannotRead(path: path, reason: "it is no text that the system lets us read")
    }
  }
}
