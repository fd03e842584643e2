import ArgumentParser
import Foundation
import GANData
import GANKit
import GANTraining

/// `gan reproduce`
struct ReproduceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reproduce", abstract: "Train a system as its claim says and measure it.",
    discussion: """
      The run in --output is an ordinary one, with the outcome in its claim.json; a claim that \
      compares with further runs puts them beside it. A run that is there already, trained to its \
      end just as the claim says, is only measured. Claims on real image sets look for them in the \
      folder that the environment variable SWIFTGAN_DATA names.

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
    let claim = try Claims.named(name)
    let path = output ?? freePath(for: claim)
    var seconds = 0.0
    for (system, training, place) in trainings(of: claim, at: path) {
      try train(system, try arguments(training), at: place)
      seconds += try RunDirectory(place).lastMetrics()["seconds"] ?? 0
    }
    let start = ContinuousClock.now
    let finding = try claim.measure(ClaimRun(path: path))
    seconds += (ContinuousClock.now - start) / .seconds(1)
    let tested = TestedClaim(
      name: claim.name, statement: claim.statement, command: command(claim), seed: 1,
      finding: finding, paper: claim.paper, seconds: seconds)
    try keep(tested, in: path)
    if json { return try Console.print(prettyJSON: tested) }
    Console.print(
      "\(claim.name): \(finding.isMet ? "met" : "NOT MET"): \(claim.statement)\n"
        + "  \(finding.figure); floor \(finding.floor); paper \(claim.paper)")
  }

  private func trainings(
    of claim: Claim, at path: String
  ) -> [(system: String, training: String, place: String)] {
    [(claim.system, claim.training, path)]
      + claim.companions.map { ($0.system, $0.training, "\(path)-\($0.suffix)") }
  }

  private func arguments(_ training: String) throws -> [String] {
    let full = fullSize ? try Claims.named(name ?? "").fullSize : ""
    let words = "\(training) \(full)".split(separator: " ").map(String.init)
    guard words.contains(where: { $0.hasPrefix("SWIFTGAN_DATA") }) else { return words }
    guard let folder = ProcessInfo.processInfo.environment["SWIFTGAN_DATA"] else {
      throw CommandError(
        "\(name ?? "") needs real images: set SWIFTGAN_DATA to the folder that holds them")
    }
    return words.map { $0.replacing("SWIFTGAN_DATA", with: folder) }
  }

  /// The last of several options counts, so full size only adds to the usual arguments.
  private func train(_ system: String, _ arguments: [String], at path: String) throws {
    let more =
      (threads.map { ["--threads", "\($0)"] } ?? []) + (steps.map { ["--steps", "\($0)"] } ?? [])
    let quiet = json ? ["--quiet"] : []
    let command = try TrainCommand.parse([system] + arguments + more + quiet + ["--output", path])
    if try command.isDone(at: path) { return }
    try command.run()
    if Interruption.isRequested {
      throw CommandError("\(path): interrupted, so nothing was measured")
    }
  }

  private func command(_ claim: Claim) -> String {
    "gan reproduce \(claim.name)" + (fullSize ? " --full-size" : "")
      + (steps.map { " --steps \($0)" } ?? "") + (threads.map { " --threads \($0)" } ?? "")
  }

  private func freePath(for claim: Claim) -> String {
    let numbers = (1...).lazy.map { "runs/claim-\(claim.name)-\($0)" }
    return numbers.first { !FileManager.default.fileExists(atPath: $0) } ?? "runs/\(claim.name)"
  }

  private func keep(_ tested: TestedClaim, in path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write([UInt8](encoder.encode(tested)), to: "\(path)/claim.json")
    guard let record else { return }
    var table = try ResultsTable(record)
    table.record(tested)
    try table.write(to: record)
  }
}
