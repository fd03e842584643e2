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
    var files: [String: Int]
  }

  /// Writes a checkpoint and removes the oldest ones beyond `keep`.
  static func save(
    _ recipe: some Recipe, step: Int, seconds: Double, configuration: RunConfiguration,
    to directory: RunDirectory, device: Device
  ) throws {
    let final = directory.checkpointsURL.appendingPathComponent(stepName(step), isDirectory: true)
    let temporary = directory.checkpointsURL.appendingPathComponent(
      ".writing-\(stepName(step))", isDirectory: true)
    let manager = FileManager.default
    do {
      try? manager.removeItem(at: temporary)
      try manager.createDirectory(at: temporary, withIntermediateDirectories: true)
      var files: [String: Int] = [:]
      for (name, tensors) in parts(of: recipe, device: device) {
        let data = try SafetensorsFile(tensors: tensors).encoded()
        files["\(name).safetensors"] = data.count
        try write(data, temporary.appendingPathComponent("\(name).safetensors"))
      }
      let state = State(
        step: step, seconds: seconds, recipe: configuration.recipe, config: configuration.config,
        files: files)
      try write(JSONEncoder().encode(state), temporary.appendingPathComponent("state.json"))
      try? manager.removeItem(at: final)
      try manager.moveItem(at: temporary, to: final)
    } catch let error as DataError {
      try? manager.removeItem(at: temporary)
      throw error
    } catch {
      try? manager.removeItem(at: temporary)
      throw DataError.cannotWrite(path: final.path, reason: reason(of: error))
    }
    for old in directory.checkpointSteps.filter({ $0 < step }).dropLast(
      configuration.intervals.keep - 1)
    {
      try? manager.removeItem(
        at: directory.checkpointsURL.appendingPathComponent(stepName(old), isDirectory: true))
    }
  }

  private static func write(_ data: Data, _ url: URL) throws {
    try AtomicFile.write([UInt8](data), to: url.path)
  }

  /// The tensors by file: each network (a part with parameters) its own, the rest together.
  private static func parts(of recipe: some Recipe, device: Device) -> [String: [String: Tensor]] {
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
    let folder = directory.checkpointsURL.appendingPathComponent(stepName(step), isDirectory: true)
    let path = folder.appendingPathComponent("state.json").path
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
      throw RunError.checkpoint(path, reason: "missing, so the checkpoint is not whole")
    }
    guard let state = try? JSONDecoder().decode(State.self, from: data) else {
      throw RunError.checkpoint(path, reason: "not a checkpoint's description")
    }
    guard state.recipe == configuration.recipe else {
      throw RunError.checkpoint(
        path, reason: "is of '\(state.recipe)', the run is of '\(configuration.recipe)'")
    }
    for (field, value) in configuration.config.sorted(by: { $0.key < $1.key })
    where state.config[field] != value {
      throw RunError.checkpoint(
        path,
        reason: "was made with \(field)=\(state.config[field]?.description ?? "nothing"), "
          + "the run has \(field)=\(value)")
    }
    for (name, size) in state.files.sorted(by: { $0.key < $1.key }) {
      try checkSize(folder.appendingPathComponent(name).path, size)
    }
    return state
  }

  private static func checkSize(_ path: String, _ expected: Int) throws {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard let size = attributes?[.size] as? Int else {
      throw RunError.checkpoint(path, reason: "missing")
    }
    guard size == expected else {
      throw RunError.checkpoint(
        path,
        reason: "has \(size) bytes, expected \(expected); remove \(folderName(path)) to go on "
          + "from the checkpoint before it")
    }
  }

  private static func folderName(_ path: String) -> String {
    URL(fileURLWithPath: path).deletingLastPathComponent().path
  }

  /// Puts a recipe's networks back; with `training` also optimizers, counters and generators.
  static func restore(
    _ recipe: some Recipe, at step: Int, in directory: RunDirectory, training: Bool, device: Device
  ) throws {
    let folder = directory.checkpointsURL.appendingPathComponent(stepName(step), isDirectory: true)
    for (name, module) in recipe.modules where !module.parameters.isEmpty {
      try load(module, from: folder.appendingPathComponent("\(name).safetensors"))
    }
    guard training else { return }
    let url = folder.appendingPathComponent("training.safetensors")
    let rest = try SafetensorsFile(readingFrom: url).tensors
    for (name, module) in recipe.modules where module.parameters.isEmpty {
      let own = rest.filter { $0.key.hasPrefix("\(name).") }
      let tensors = own.map { (String($0.key.dropFirst(name.count + 1)), $0.value) }
      try wrapping(url) { try module.load(Dictionary(uniqueKeysWithValues: tensors)) }
    }
    try wrapping(url) {
      for (key, generator) in [("random.cpu", Device.cpu), ("random.device", device)] {
        if let state = rest[key] { try Randomness.restore(state, of: generator) }
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
  /// The parts that are modules, by name.
  var modules: [(name: String, module: any Module)] {
    children.compactMap { child in
      if case .module(let module) = child.node { (child.name, module) } else { nil }
    }
  }
}
