import Crypto
import Foundation
import GANData
import GANKit
import Torch
import TorchNN

/// Another run from whose weights a new one starts.
public struct WeightSource: Sendable, Equatable {
  /// The run's folder.
  public var run: String
  /// Which of its checkpoints.
  public var step: CheckpointChoice

  /// The weights of a run.
  public init(_ run: String, step: CheckpointChoice = .newest) {
    (self.run, self.step) = (run, step)
  }
}

/// What a run has started from, as its `config.json` says it.
public struct RunStart: Codable, Sendable, Equatable {
  /// The other run's folder.
  public var run: String
  /// The step of its checkpoint.
  public var step: Int
  /// The SHA-256 of that checkpoint's files of weights, one after the other by name.
  public var sha256: String
  /// Which weights were taken, in words.
  public var weights: String?

  /// In a line.
  public var description: String { "from \(run) at step \(step): \(weights ?? "")" }
}

/// The weights of a checkpoint, for a run that starts from them.
struct StartingWeights {
  private(set) var start: RunStart
  /// The tensors of each network.
  private let networks: [String: [String: Tensor]]

  /// Reads the weights of a run of whichever system.
  ///
  /// - Throws: ``RunError`` or `SafetensorsError` where the run has no such checkpoint or a damaged one.
  init(_ source: WeightSource) throws {
    let directory = RunDirectory(source.run)
    let stored = try directory.configuration()
    let step = try StartingWeights.step(of: source.step, in: directory)
    let state = try Checkpoint.state(at: step, in: directory, of: stored)
    var (hash, networks) = (SHA256(), [String: [String: Tensor]]())
    for file in state.files.keys.sorted() where file != "training.safetensors" {
      let url = directory.checkpointURL(step).appendingPathComponent(file)
      hash.update(data: try Data(contentsOf: url))
      networks[(file as NSString).deletingPathExtension] =
        try SafetensorsFile(readingFrom: url).tensors
    }
    let checksum = hash.finalize().map { String(format: "%02x", $0) }.joined()
    let path = URL(fileURLWithPath: source.run).standardizedFileURL.path
    (start, self.networks) = (RunStart(run: path, step: step, sha256: checksum), networks)
  }

  /// The step of a choice, whose field is called otherwise than where a run is opened.
  private static func step(of choice: CheckpointChoice, in directory: RunDirectory) throws -> Int {
    do {
      return try directory.step(of: choice)
    } catch RunError.field("step", let found, let expected) {
      throw RunError.field("fromStep", found: found, expected: expected)
    }
  }

  /// The same weights again, for a run that has no checkpoint of its own yet.
  ///
  /// - Throws: ``RunError`` where they are no longer those.
  init(again start: RunStart) throws {
    try self.init(WeightSource(start.run, step: .at(start.step)))
    guard self.start.sha256 == start.sha256 else {
      throw RunError.checkpoint(
        RunDirectory(start.run).checkpointPath(start.step),
        reason: "no longer has the weights that the run started from")
    }
  }

  /// Puts into a recipe's networks all weights that fit by name and shape; an average that the other
  /// run did not keep becomes what it averages.
  ///
  /// - Throws: ``RunError/field(_:found:expected:)`` where none fits.
  mutating func load(into recipe: some Recipe) throws {
    var fits: [WeightFit] = []
    for (name, network) in recipe.modules where !network.parameters.isEmpty {
      let isAverage = name.hasSuffix("_ema")
      let found = networks[name] ?? (isAverage ? networks[String(name.dropLast(4))] : nil) ?? [:]
      let own = network.stateDictionary
      let fitting = found.filter { key, tensor in
        own[key].map { $0.shape == tensor.shape && $0.dtype == tensor.dtype } ?? false
      }
      try network.load(own.merging(fitting) { $1 })
      if !isAverage { fits.append(WeightFit(name, network, found: found, fitting: fitting)) }
    }
    guard fits.contains(where: { $0.count > 0 }) else {
      throw RunError.field(
        "from", found: "'\(start.run)' with \(networks.keys.sorted().joined(separator: ", "))",
        expected: "a run with weights that fit \(fits.map(\.name).joined(separator: ", ")) by name "
          + "and shape")
    }
    start.weights = fits.map(\.description).joined(separator: "; ")
  }
}

/// How many weights of a network another run's file has.
private struct WeightFit {
  let name: String
  /// How many tensors of weights fit.
  let count: Int
  private let total: Int
  /// Those that do not, and why.
  private let misses: [String]

  init(
    _ name: String, _ network: any Module, found: [String: Tensor], fitting: [String: Tensor]
  ) {
    let keys = network.namedParameters.map(\.key)
    (self.name, total) = (name, keys.count)
    count = keys.count { fitting[$0] != nil }
    misses = keys.filter { fitting[$0] == nil }.map {
      "\($0) (\(found[$0] == nil ? "name" : "shape"))"
    }
  }

  /// `discriminator: 12 of 14, not 3.weight (shape), 3.bias (shape)`.
  var description: String {
    guard count > 0, !misses.isEmpty else { return "\(name): \(count) of \(total)" }
    let rest = misses.count > 3 ? " and \(misses.count - 3) more" : ""
    return "\(name): \(count) of \(total), not \(misses.prefix(3).joined(separator: ", "))\(rest)"
  }
}
