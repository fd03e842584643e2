import ArgumentParser
import Torch

/// One of two processes that average numbers again and again: how long that takes.
struct Link: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "link")

  @Option var rank: Int
  @Option var port: Int
  @Option var rounds = 200

  func run() throws {
    LibTorch.threads = 1
    let group = try ProcessGroup(ProcessPlace(rank: rank, count: 2, port: port))
    for count in [256, 1 << 14, 1 << 18, 1 << 20, 1 << 22] {
      let numbers = Tensor.full([count], 1)
      for _ in 0..<10 { _ = group.average([numbers]) }
      let start = ContinuousClock.now
      for _ in 0..<rounds { _ = group.average([numbers]) }
      let milliseconds = (ContinuousClock.now - start) / .milliseconds(1) / Double(rounds)
      if rank == 0 { print("{\"bytes\": \(4 * count), \"ms\": \(milliseconds)}") }
    }
  }
}
