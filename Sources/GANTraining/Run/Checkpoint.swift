import Foundation
import GANData
import GANKit
import Torch
import TorchNN

/// Saving and restoring the whole state of a recipe.
///
/// A checkpoint is a folder: one safetensors file for each network, with the keys of a PyTorch state
/// dictionary, `training.safetensors` with everything else (moments, counters, pools, generators)
/// and `state.json`. It is written under another name and renamed when complete.
enum Checkpoint {
  /// What `state.json` holds.
  struct State: Codable, Equatable {
    var step: Int
    var seconds: Double
    var recipe: String
    var config: [String: ConfigValue]
    var files: [String: FileFacts]
    /// What was measured at this step, where that was done.
    var figure: CheckpointFigure?
    /// Seconds that evaluations have taken so far.
    var evaluationSeconds: Double?
  }

  /// How far a run is.
  struct Position {
    var step: Int
    var seconds: Double
    var evaluationSeconds: Double
    /// What was measured at this step, where that was done.
    var figure: CheckpointFigure?
  }

  /// By which a file is known to be whole.
  struct FileFacts: Codable, Equatable {
    var bytes: Int
    var crc32: UInt32
  }

  /// Writes a checkpoint and removes the oldest ones beyond the number to keep, but not the best.
  ///
  /// - Parameter ownStates: what the processes beside 0 have of their own, by number.
  static func save(
    _ recipe: some Recipe, at position: Position, configuration: RunConfiguration,
    to directory: RunDirectory, device: Device, ownStates: [[UInt8]] = []
  ) throws {
    let final = directory.checkpointURL(position.step)
    let temporary = directory.checkpointsURL.appendingPathComponent(
      ".writing-\(stepName(position.step))", isDirectory: true)
    let manager = FileManager.default
    do {
      try? manager.removeItem(at: temporary)
      try manager.createDirectory(at: temporary, withIntermediateDirectories: true)
      var files = try writeParts(of: recipe, to: temporary, device: device)
      for (rank, state) in ownStates.enumerated().dropFirst() {
        let name = fileName(ofProcess: rank)
        files[name] = try write(Data(state), temporary.appendingPathComponent(name))
      }
      let state = State(
        step: position.step, seconds: position.seconds, recipe: configuration.recipe,
        config: configuration.config, files: files, figure: position.figure,
        evaluationSeconds: position.evaluationSeconds > 0 ? position.evaluationSeconds : nil)
      _ = try write(JSONEncoder().encode(state), temporary.appendingPathComponent("state.json"))
      try? manager.removeItem(at: final)
      try manager.moveItem(at: temporary, to: final)
      AtomicFile.syncFolder(directory.checkpointsURL.path)
    } catch {
      try? manager.removeItem(at: temporary)
      throw error is DataError
        ? error : DataError.cannotWrite(path: final.path, reason: reason(of: error))
    }
    removeOld(in: directory, before: position.step, keeping: configuration.intervals.keep - 1)
    directory.linkBest()
  }

  private static func removeOld(in directory: RunDirectory, before step: Int, keeping count: Int) {
    let older = directory.checkpointSteps.filter { $0 < step }
    let best = directory.bestCheckpoint?.step
    for old in older.dropLast(count) where old != best {
      try? FileManager.default.removeItem(at: directory.checkpointURL(old))
    }
  }

  private static func writeParts(
    of recipe: some Recipe, to folder: URL, device: Device
  ) throws -> [String: FileFacts] {
    var files: [String: FileFacts] = [:]
    for (name, tensors) in parts(of: recipe, device: device) {
      let data = try SafetensorsFile(tensors: tensors).encoded()
      files["\(name).safetensors"] = try write(
        data, folder.appendingPathComponent("\(name).safetensors"))
    }
    return files
  }

  private static func write(_ data: Data, _ url: URL) throws -> FileFacts {
    let bytes = [UInt8](data)
    try AtomicFile.write(bytes, to: url.path)
    return FileFacts(bytes: bytes.count, crc32: CRC32.of(bytes))
  }

  /// The tensors by file: each network (a part with parameters) its own, the rest together.
  static func parts(of recipe: some Recipe, device: Device) -> [String: [String: Tensor]] {
    var result: [String: [String: Tensor]] = ["training": generatorStates(device)]
    for (name, module) in recipe.modules {
      if module.parameters.isEmpty {
        for (key, tensor) in module.stateDictionary {
          result["training", default: [:]]["\(name).\(key)"] = tensor
        }
      } else {
        result[name] = module.stateDictionary
      }
    }
    return result
  }

  private static func generatorStates(_ device: Device) -> [String: Tensor] {
    var states = ["random.cpu": Randomness.state(of: .cpu)]
    if device != .cpu { states["random.device"] = Randomness.state(of: device) }
    return states
  }
}

// MARK: - Restoring

extension Checkpoint {
  /// Reads `state.json` and makes sure that the checkpoint belongs to this run and is whole.
  static func state(
    at step: Int, in directory: RunDirectory, of configuration: RunConfiguration
  ) throws -> State {
    let folder = directory.checkpointURL(step)
    let path = folder.appendingPathComponent("state.json").path
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
      throw RunError.checkpoint(path, reason: "missing, so the checkpoint is not whole")
    }
    guard let state = try? JSONDecoder().decode(State.self, from: data) else {
      throw RunError.checkpoint(path, reason: "not a checkpoint's description")
    }
    try check(state, is: step, of: configuration, path: path)
    for (name, facts) in state.files.sorted(by: { $0.key < $1.key }) {
      try check(folder.appendingPathComponent(name), facts)
    }
    return state
  }

  private static func check(
    _ state: State, is step: Int, of configuration: RunConfiguration, path: String
  ) throws {
    guard state.step == step else {
      throw RunError.checkpoint(path, reason: "is of step \(state.step), its folder of \(step)")
    }
    guard state.recipe == configuration.recipe else {
      throw RunError.checkpoint(
        path, reason: "is of '\(state.recipe)', the run is of '\(configuration.recipe)'")
    }
    for (field, value) in configuration.config.sorted(by: { $0.key < $1.key })
    where state.config[field] != value
      && !configuration.explains(field, state.config[field], at: step)
    {
      throw RunError.checkpoint(
        path,
        reason: "was made with \(field)=\(state.config[field]?.description ?? "nothing"), "
          + "the run has \(field)=\(value)")
    }
  }

  private static func check(_ url: URL, _ expected: FileFacts) throws {
    guard let data = try? Data(contentsOf: url, options: .mappedIfSafe) else {
      throw RunError.checkpoint(url.path, reason: "missing")
    }
    let advice = "remove \(folderName(url.path)) to go on from the checkpoint before it"
    guard data.count == expected.bytes else {
      throw RunError.checkpoint(
        url.path, reason: "has \(data.count) bytes, expected \(expected.bytes); \(advice)")
    }
    guard CRC32.of([UInt8](data)) == expected.crc32 else {
      throw RunError.checkpoint(
        url.path, reason: "is damaged: its checksum is another than state.json says; \(advice)")
    }
  }

  private static func folderName(_ path: String) -> String {
    URL(fileURLWithPath: path).deletingLastPathComponent().path
  }

  /// Puts a recipe's networks back, and what else decides what they do in use; with `training` also
  /// optimizers, counters and generators.
  ///
  /// - Parameter process: whose own state takes the place of process 0's; `nil` for nobody's.
  static func restore(
    _ recipe: some Recipe, at step: Int, in directory: RunDirectory, training: Bool,
    device: Device, process: Int? = nil
  ) throws {
    let inUse = type(of: recipe).stateInUse
    let folder = directory.checkpointURL(step)
    for (name, module) in recipe.modules where !module.parameters.isEmpty {
      try load(module, from: weightsURL(of: name, in: folder))
    }
    guard training || !inUse.isEmpty else { return }
    let url = folder.appendingPathComponent("training.safetensors")
    var rest = try SafetensorsFile(readingFrom: url).tensors
    if let process, process > 0 {
      let own = folder.appendingPathComponent(fileName(ofProcess: process))
      rest.merge(try SafetensorsFile(readingFrom: own).tensors) { $1 }
    }
    for (name, module) in recipe.modules
    where module.parameters.isEmpty && (training || inUse.contains(name)) {
      let own = rest.filter { $0.key.hasPrefix("\(name).") }
      let tensors = own.map { (String($0.key.dropFirst(name.count + 1)), $0.value) }
      // An average that a resumption has begun has made no update.
      if own.isEmpty, name.hasSuffix("_ema_updates") { continue }
      try checkCounters(own, url)
      try wrapping(url) { try module.load(Dictionary(uniqueKeysWithValues: tensors)) }
    }
    guard training else { return }
    try wrapping(url) {
      guard let state = rest["random.cpu"] else { throw StateError.missing("random.cpu") }
      try Randomness.restore(state, of: .cpu)
      if let state = rest["random.device"] { try Randomness.restore(state, of: device) }
    }
  }

  /// The file of a network; an average that a resumption has begun starts equal to what it averages.
  private static func weightsURL(of name: String, in folder: URL) -> URL {
    let own = folder.appendingPathComponent("\(name).safetensors")
    guard name.hasSuffix("_ema"), !FileManager.default.fileExists(atPath: own.path) else {
      return own
    }
    return folder.appendingPathComponent("\(name.dropLast(4)).safetensors")
  }

  /// Steps and updates, the whole numbers of a checkpoint, lie far below what could overflow.
  private static func checkCounters(_ tensors: [String: Tensor], _ url: URL) throws {
    for (key, tensor) in tensors.sorted(by: { $0.key < $1.key }) where tensor.dtype == .int64 {
      guard tensor.integers.allSatisfy({ (0...1_000_000_000_000).contains($0) }) else {
        throw RunError.checkpoint(url.path, reason: "tensor '\(key)' is no count of anything")
      }
    }
  }

  private static func load(_ module: any Module, from url: URL) throws {
    let tensors = try SafetensorsFile(readingFrom: url).tensors
    try wrapping(url) { try module.load(tensors) }
  }

  /// Puts the file's path in front of what is wrong with its tensors.
  private static func wrapping(_ url: URL, _ body: () throws -> Void) throws {
    do {
      try body()
    } catch let error as StateError {
      throw RunError.checkpoint(url.path, reason: error.description)
    } catch let error as RandomnessError {
      throw RunError.checkpoint(url.path, reason: error.description)
    }
  }
}

extension Recipe {
  /// The first network tensor that holds a NaN or an infinity, such as `generator.0.weight`.
  var firstBrokenTensor: String? {
    for (name, module) in modules where !module.parameters.isEmpty {
      for (key, tensor) in module.stateDictionary.sorted(by: { $0.key < $1.key })
      where tensor.dtype.isFloatingPoint && tensor.count > 0 {
        // Both propagate NaN.
        let extremes = [tensor.maximum().item(), tensor.minimum().item()]
        if !extremes.allSatisfy(\.isFinite) { return "\(name).\(key)" }
      }
    }
    return nil
  }

  /// The parts that are modules, by name.
  package var modules: [(name: String, module: any Module)] {
    children.compactMap { child in
      if case .module(let module) = child.node { (child.name, module) } else { nil }
    }
  }
}
