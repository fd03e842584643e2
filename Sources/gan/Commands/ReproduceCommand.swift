import ArgumentParser
import Foundation
import GANData
import GANKit
import GANTraining
import SwiftGAN

/// `gan reproduce`
struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce", abstract: "Train a system as its claim says and measure it.",
    discussion: """
      The run in --output is an ordinary one, with the outcome in its claim.json; a claim that \
      compares with further runs puts them beside it. A run that is there already, trained just \
      as the claim says, is only measured, or goes on where it was interrupted. Claims on real image \
      sets look for them in the folder that the environment variable SWIFTGAN_DATA names.

      EXAMPLES:
        gan reproduce --list
        gan reproduce pix2pix --output runs/pix2pix-claim
        gan reproduce cgan --record Documentation/Results.md
        gan reproduce cyclegan --full-size
        gan reproduce pix2pix --steps 200
      """)

  @Argument(help: ArgumentHelp("The claim; --list names them all.", valueName: "name"))
  var name: String?

  @Flag(help: "Name the claims.")
  var list = false

  @Flag(help: "Train at the paper's size; needs a GPU.")
  var fullSize = false

  @Option(help: "Train each run for at most so many steps: a quick look.")
  var steps: Int?

  @Option(
    help: ArgumentHelp(
      "Threads of one operation (default: one for each core). Results are equal bit for bit only "
        + "with the same number."))
  var threads: Int?

  @Option(help: "The run directory (default: the first free runs/claim-NAME-<n>).")
  var output: String?

  @Option(help: ArgumentHelp("Put the outcome into this table.", valueName: "FILE.md"))
  var record: String?

  @Flag(help: "Print the outcome as JSON.")
  var json = false

  func validate() throws {
    if list != (name == nil) { throw ValidationError("expected the name of a claim, or --list") }
  }

  func run() throws {
    guard let name else {
      return Console.print(textTable(Claims.all.map { [$0.name, $0.statement] }))
    }
    var reproduction = Reproduction(try Claims.named(name))
    (reproduction.fullSize, reproduction.steps, reproduction.threads) = (fullSize, steps, threads)
    let options = try ReportOptions.parse(json ? ["--quiet"] : [])
    let tested = try reproduction.run(at: output ?? freePath(for: name)) {
      try Training($0, minutes: nil, options).run() != .interrupted
    }
    if let record {
      var table = try ResultsTable(record)
      table.record(tested)
      try table.write(to: record)
    }
    if json { return try Console.print(prettyJSON: tested) }
    Console.print(
      "\(name): \(tested.finding.isMet ? "met" : "NOT MET"): \(tested.statement)\n"
        + "  \(tested.finding.figure); floor \(tested.finding.floor); paper \(tested.paper)")
  }

  private func freePath(for name: String) -> String {
    let numbers = (1...).lazy.map { "runs/claim-\(name)-\($0)" }
    return numbers.first { !FileManager.default.fileExists(atPath: $0) } ?? "runs/\(name)"
  }
}
