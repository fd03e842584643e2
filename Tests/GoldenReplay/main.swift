import ArgumentParser
import FixtureFiles
import Foundation
import Goldens
import Torch

/// Computes goldens again on a device, for machines without a Swift toolchain.
///
/// Prints one JSON object a line: `{"begin": "systems/dcgan"}` before a golden and `{"golden":
/// "systems/dcgan", "worst": 0.4, "problems": []}` behind it, where `worst` is the largest difference
/// in units of what is allowed. Ends with 1 if anything differs.
struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "golden-replay")

  @Argument(help: "family/name; all layers, optimizers and systems unless given.")
  var goldens: [String] = []

  @Option(help: "The folder of the goldens.") var folder = Fixture.folder.path
  @Option(help: "cpu, cuda, cuda:N or mps.") var device = "cpu"
  @Option(help: "processor, float32, tf32 or bfloat16.") var arithmetic = Arithmetic.processor
  @Option var threads = 1
  @Flag(help: "Only print the goldens' names.") var list = false

  func run() throws {
    LibTorch.threads = threads
    let chosen = goldens.isEmpty ? try names() : goldens
    if list { return print(chosen.joined(separator: "\n")) }
    let place = try Device(named: device)
    var isAlike = true
    for golden in chosen where try !replay(golden, on: place) { isAlike = false }
    if !isAlike { throw ExitCode.failure }
  }

  /// Optimizers compute in float32 in every arithmetic.
  private func names() throws -> [String] {
    let url = URL(fileURLWithPath: folder)
    let families =
      arithmetic == .tf32 || arithmetic == .bfloat16
      ? ["layers", "systems"] : ["layers", "optimizers", "systems"]
    return try families.flatMap { family in
      try Fixture.names(of: family, in: url).filter { !$0.hasPrefix("schedule-") }
        .map { "\(family)/\($0)" }
    }
  }

  private func replay(_ golden: String, on device: Device) throws -> Bool {
    try answer(Begin(begin: golden))
    let replay = GoldenReplay(on: device, arithmetic, folder: URL(fileURLWithPath: folder))
    let parts = golden.split(separator: "/").map(String.init)
    guard parts.count == 2 else { throw ValidationError("\(golden): expected family/name") }
    switch parts[0] {
    case "layers": try replay.replayLayer(parts[1])
    case "optimizers": try replay.replayOptimizer(parts[1])
    case "systems": try replay.replaySystem(parts[1])
    default: throw ValidationError("\(golden): expected layers, optimizers or systems")
    }
    let worst = replay.worst.isFinite ? replay.worst : nil
    try answer(Outcome(golden: golden, worst: worst, problems: replay.problems))
    return replay.problems.isEmpty
  }

  private func answer(_ line: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(String(decoding: try encoder.encode(line), as: UTF8.self))
    fflush(nil)
  }
}

private struct Begin: Encodable { var begin: String }

private struct Outcome: Encodable {
  var golden: String
  /// `nil` where it is not finite.
  var worst: Double?
  var problems: [String]
}

extension Arithmetic: ExpressibleByArgument {}

ReplayCommand.main()
