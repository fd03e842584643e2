import Foundation
import GANKit
import Torch

/// Where and with what a run computes. The bits of a run depend on all of it, so it is in force only
/// while the run computes, and a session beside another keeps its own.
struct Engine {
  let device: Device
  /// The run's own stream of random numbers, which nothing else of the process draws from.
  let random: RandomGenerator
  /// Decides all its random numbers.
  let seed: UInt64
  /// Those that train the run together; `nil` for this one alone.
  let processes: ProcessGroup?
  private let threads: Int
  private let products: LinearBackend

  /// One of the present `ProcessGroup`, if there is one.
  ///
  /// - Parameters:
  ///   - device: its name; of several processes each takes the GPU of its number where that has none.
  ///   - products: what multiplies, which this LibTorch has.
  init(device: String, seed: UInt64, threads: Int, products: LinearBackend) throws {
    processes = .current
    let ownGPU = device == "cuda" ? processes.map { "cuda:\($0.place.localRank)" } : nil
    self.device = try Device(named: ownGPU ?? device)
    self.seed = seed
    random = RandomGenerator(seed: seed, device: self.device)
    (self.threads, self.products) = (threads, products)
  }

  /// That of a run which goes on, with the library it began with. Where this LibTorch lacks that, the
  /// one that the environment asks for takes its place, also in what is to be written down of the run.
  ///
  /// - Throws: ``RunError`` where it asks for none.
  init(of stored: inout RunConfiguration, in directory: RunDirectory) throws {
    if !stored.versions.linear.isThere, let asked = LinearBackend.asked {
      stored.versions.linear = asked
    }
    guard stored.versions.linear.isThere else {
      throw RunError.config(
        directory.configURL.path,
        reason: "the run began with products of \(stored.versions.linear.rawValue), which this "
          + "LibTorch lacks; SWIFTGAN_LINEAR=mkl goes on with other last bits")
    }
    try self.init(
      device: stored.device, seed: stored.seed, threads: stored.threads,
      products: stored.versions.linear)
  }

  /// Runs `body` with the run's threads and products, and among its processes.
  func run<Result>(_ body: () throws -> Result) rethrows -> Result {
    try LibTorch.with(threads: threads, products: products) {
      try processes.map { try $0.run(body) } ?? body()
    }
  }

  /// Runs `body` so and with the run's random numbers.
  func drawing<Result>(_ body: () throws -> Result) rethrows -> Result {
    try run { try random.run(body) }
  }

  /// What makes a run's steps.
  func steps<R: Recipe>(of recipe: R) -> RepeatedSteps<R> {
    RepeatedSteps(recipe, on: device, drawing: random, isAlone: processes == nil)
  }
}
