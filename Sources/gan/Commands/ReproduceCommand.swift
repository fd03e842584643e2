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

      Several claims, or --all of them, have their runs in folders of --output and are gone through \
      one after another: what was found before is kept, and one that fails stops no other.

      EXAMPLES:
        gan reproduce --list
        gan reproduce pix2pix --output runs/pix2pix-claim
        gan reproduce cgan --record Documentation/Results.md
        gan reproduce dcgan --precision bfloat16
        gan reproduce cyclegan --full-size
        gan reproduce pix2pix --steps 200
        gan reproduce --all --threads 1 --record Documentation/Results.md
      """)

  @Argument(help: ArgumentHelp("The claims; --list names them all.", valueName: "name"))
  var names: [String] = []

  @Flag(help: "Name the claims.")
  var list = false

  @Flag(help: "Go through all claims.")
  var all = false

  @Flag(help: "Train at the paper's size; needs a GPU.")
  var fullSize = false

  @Option(help: "Number format of products and convolutions of all runs.")
  var precision = Precision.float32

  @Option(help: "Train each run for at most so many steps: a quick look.")
  var steps: Int?

  @Option(
    help: ArgumentHelp(
      "Threads of one operation (default: one for each core). Results are equal bit for bit only "
        + "with the same number."))
  var threads: Int?

  @Option(
    help: ArgumentHelp(
      "The run directory (default: the first free runs/claim-NAME-<n>); of several claims the "
        + "folder of their runs (default: runs/claims)."))
  var output: String?

  @Option(help: ArgumentHelp("Put the outcome into this table.", valueName: "FILE.md"))
  var record: String?

  @Flag(help: "Print the outcome as JSON.")
  var json = false

  func validate() throws {
    if [list, all, !names.isEmpty].count(where: { $0 }) != 1 {
      throw ValidationError("expected names of claims, --all or --list")
    }
  }

  func run() throws {
    if list { return Console.print(textTable(Claims.all.map { [$0.name, $0.statement] })) }
    let claims = all ? Claims.all : try names.map { try Claims.named($0) }
    guard claims.count > 1 else {
      return try print(tested(claims[0], at: output ?? freePath(for: claims[0].name)))
    }
    var failed: [String] = []
    for claim in claims {
      let path = "\(output ?? "runs/claims")/\(claim.name)"
      do {
        try print(reproduction(of: claim).found(at: path) ?? tested(claim, at: path))
      } catch RunError.interrupted(let path) {
        throw RunError.interrupted(path)
      } catch {
        failed.append(claim.name)
        Console.complain("\(claim.name): \(OptionNames.words(of: error))")
      }
    }
    guard failed.isEmpty else {
      throw RunError.unsupported("not reproduced: \(failed.joined(separator: ", "))")
    }
  }

  private func reproduction(of claim: Claim) -> Reproduction {
    var result = Reproduction(claim)
    (result.fullSize, result.steps, result.threads) = (fullSize, steps, threads)
    result.precision = precision
    return result
  }

  private func tested(_ claim: Claim, at path: String) throws -> TestedClaim {
    let options = try ReportOptions.parse(json ? ["--quiet"] : [])
    return try reproduction(of: claim).run(at: path) {
      try Training($0, minutes: nil, options).run() != .interrupted
    }
  }

  private func print(_ tested: TestedClaim) throws {
    if let record {
      var table = try ResultsTable(record)
      table.record(tested)
      try table.write(to: record)
    }
    if json { return try Console.print(prettyJSON: tested) }
    Console.print(
      "\(tested.name): \(tested.finding.isMet ? "met" : "NOT MET"): \(tested.statement)\n"
        + "  \(tested.finding.figure); floor \(tested.finding.floor); paper \(tested.paper)")
  }

  private func freePath(for name: String) -> String {
    let numbers = (1...).lazy.map { "runs/claim-\(name)-\($0)" }
    return numbers.first { !FileManager.default.fileExists(atPath: $0) } ?? "runs/\(name)"
  }
}
