import Foundation
import GANData
import GANKit
import Torch
import TorchNN

/// What a run of several processes does together; of one process nothing but its own part.
extension Engine {
  /// Whether this process writes the run down and measures it.
  var writes: Bool { processes.map { $0.rank == 0 } ?? true }

  /// What some process says.
  func agreed(_ flags: [Bool]) -> [Bool] {
    guard let processes else { return flags }
    return processes.maxima(flags.map { $0 ? 1 : 0 }).map { $0 > 0 }
  }

  /// What some process says.
  func agreed(_ flag: Bool) -> Bool { agreed([flag])[0] }

  /// The means of what the processes found in their parts of a minibatch.
  func averaged(_ losses: [(name: String, value: Double)]) -> [(name: String, value: Double)] {
    guard let processes, !losses.isEmpty else { return losses }
    let sums = processes.sum(Tensor(doubles: losses.map(\.value))).doubles
    return zip(losses, sums).map { ($0.name, $1 / Double(processes.count)) }
  }

  /// What measures the run: one process alone, while the others wait.
  func evaluator(
    _ make: () throws -> (any TrainingEvaluator)?
  ) rethrows -> (any TrainingEvaluator)? {
    writes ? try run { try ProcessGroup.alone(make) } : nil
  }

  /// The folder that process 0 makes and holds, for all of them.
  func directory(
    _ make: () throws -> (directory: RunDirectory, lock: RunLock)
  ) rethrows -> (RunDirectory, RunLock?) {
    guard let processes else { return try make() }
    let made = writes ? try make() : nil
    let path = processes.gather(Array((made?.directory.path ?? "").utf8))[0]
    return (RunDirectory(String(decoding: path, as: UTF8.self)), made?.lock)
  }

  /// Lets all processes begin with the same networks, and each draw numbers of its own.
  ///
  /// - Parameter step: steps made.
  func begin(_ recipe: some Recipe, at step: Int) {
    guard let processes else { return }
    processes.broadcast(recipe.stateDictionary.sorted { $0.key < $1.key }.map(\.value))
    guard !writes else { return }
    var generator = SplitMix64(seed: seed, stream: UInt64(processes.rank) << 32 | UInt64(step))
    random.seed(generator.next())
  }

  /// Makes what networks remember of their minibatches, such as running statistics, what it is in process
  /// 0, as PyTorch's DistributedDataParallel does.
  func share(_ buffers: [Buffer]) {
    processes?.broadcast(buffers.map(\.value))
  }
}

extension Recipe {
  /// What networks remember of their minibatches.
  var networkBuffers: [Buffer] {
    modules.map(\.module).filter { !$0.parameters.isEmpty }
      .flatMap { $0.namedBuffers.map(\.buffer) }
      .filter { $0.value.dtype.isFloatingPoint && $0.value.count > 0 }
  }
}

// MARK: - Checkpoints

extension Checkpoint {
  /// Of every process, by its number, the tensors of `training.safetensors` that are not those of process
  /// 0: random numbers, images in pools. Of process 0 nothing.
  static func ownStates(
    of recipe: some Recipe, device: Device, in group: ProcessGroup
  ) throws -> [[UInt8]] {
    let tensors = parts(of: recipe, device: device)["training", default: [:]]
    let sums = tensors.sorted { $0.key < $1.key }.map { CRC32.of($0.value.rawBytes) }
    let first = group.gather(sums.flatMap { sum in withUnsafeBytes(of: sum, Array.init) })[0]
    let firstSums = first.withUnsafeBytes { Array($0.bindMemory(to: UInt32.self)) }
    let keys = zip(tensors.keys.sorted(), zip(sums, firstSums)).filter { $1.0 != $1.1 }.map(\.0)
    let own = tensors.filter { keys.contains($0.key) }
    return group.gather(
      group.rank == 0 ? [] : [UInt8](try SafetensorsFile(tensors: own).encoded()))
  }

  /// The name of a process's own file.
  static func fileName(ofProcess rank: Int) -> String { "process-\(rank).safetensors" }
}
