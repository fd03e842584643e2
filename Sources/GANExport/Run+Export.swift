import Foundation
import GANData
import GANKit
import GANTraining
import SwiftGAN
import SwiftProtobuf
import Torch
import TorchNN

extension Run {
  /// The names of the networks that can be written down, the usual one first.
  public var exportableNetworks: [String] { NetworkCatalog(self).names }

  /// Writes a network for other programs, as it is in use: by running statistics, without dropout, by
  /// averaged weights where the run keeps them. The number of images is free, and their size for networks that
  /// take any.
  ///
  /// ```swift
  /// let run = try Run.open("runs/cyclegan-1")
  /// try run.export("generator_ab", to: "zebras.onnx")
  /// ```
  ///
  /// - Parameters:
  ///   - name: one of ``exportableNetworks``; `nil` takes the usual one. The name of a part of the checkpoint
  ///     means that part, also where an average of it is kept.
  ///   - format: how; `nil` follows from the name of the file.
  ///   - path: the file.
  /// - Throws: ``RunError`` in one line where the network cannot be written so.
  @discardableResult
  public func export(
    _ name: String? = nil, as format: ExportFormat? = nil, to path: String
  ) throws -> ExportedNetwork {
    guard let format = format ?? ExportFormat(of: path) else {
      let ends = ExportFormat.allCases.map { ".\($0.fileExtension)" }
      throw RunError.field(
        "output", found: "'\(path)'",
        expected: "a name that ends in \(ends.joined(separator: ", "))")
    }
    guard device == .cpu else {
      throw RunError.unsupported(
        "\(self.path): open the run on the processor to write its networks")
    }
    let catalog = NetworkCatalog(self)
    if format == .safetensors, let part = part(named: name) {
      return try writeWeights(of: [part], as: name ?? part, to: path, facts: facts(of: part))
    }
    let recording = try Recording(catalog.network(name), of: self)
    let facts = facts(of: recording)
    switch format {
    case .onnx: try writeONNX(recording, facts, to: path)
    case .torchscript: try writeTorchScript(recording, facts, to: path)
    case .safetensors:
      return try writeWeights(
        of: recording.parts, as: recording.function.name, to: path, facts: facts)
    }
    return ExportedNetwork(
      network: recording.function.name, path: path, format: format, parts: recording.parts,
      facts: facts)
  }

  /// The part of the checkpoint that a name means as it is.
  private func part(named name: String?) -> String? {
    recipe.networks.map(\.name).first { $0 == name }
  }

  private func writeONNX(
    _ recording: Recording, _ facts: [String: String], to path: String
  ) throws {
    let model: ONNXModel
    do {
      model = try ONNXModel(
        recording.network, facts: facts, inputAxes: recording.inputAxes,
        outputAxes: recording.outputAxes)
    } catch let error as ExportError {
      throw RunError.unsupported(
        "\(self.path): '\(recording.function.name)' cannot be written as ONNX: \(error)")
    }
    try AtomicFile.write([UInt8](try model.serializedData()), to: path)
  }

  /// LibTorch writes by itself; the file appears under its name when it is complete.
  private func writeTorchScript(
    _ recording: Recording, _ facts: [String: String], to path: String
  ) throws {
    let temporary = "\(path).tmp-\(ProcessInfo.processInfo.processIdentifier)"
    defer { try? FileManager.default.removeItem(atPath: temporary) }
    do {
      try AtomicFile.write([], to: temporary)  // says in our words what is wrong with the place
      try recording.network.save(to: temporary, facts: Self.json(facts))
    } catch let error as TracingError {
      throw DataError.cannotWrite(path: path, reason: error.reason)
    }
    guard rename(temporary, path) == 0 else {
      throw DataError.cannotWrite(path: path, reason: String(cString: strerror(errno)))
    }
  }

  private func writeWeights(
    of parts: [String], as name: String, to path: String, facts: [String: String]
  ) throws -> ExportedNetwork {
    let tensors = recipe.tensors(of: parts).map { ($0.key, $0.value.detached()) }
    let file = SafetensorsFile(
      tensors: Dictionary(tensors) { first, _ in first }, metadata: facts)
    try AtomicFile.write([UInt8](file.encoded()), to: path)
    return ExportedNetwork(
      network: name, path: path, format: .safetensors, parts: parts, facts: facts)
  }

  // MARK: - What files say of a network

  private func facts(of recording: Recording) -> [String: String] {
    var facts = facts(of: recording.function.name)
    for (input, axes) in zip(recording.function.inputs, recording.inputAxes) {
      facts["input.\(input.name)"] = input.description(Self.list(axes))
      if case .latent(_, let prior) = input {
        facts["latent.distribution"] = prior.words
        facts["latent.size"] = String(prior.dimension)
      }
    }
    facts["output"] = "\(Self.list(recording.outputAxes)), \(recording.function.result)"
    let isFree = recording.inputAxes[0].contains("height")
    if isFree, let multiple = recording.function.sideMultiple {
      facts["side_multiple"] = String(multiple)
    }
    return facts
  }

  private func facts(of network: String) -> [String: String] {
    var facts = [
      "system": configuration.recipe, "network": network, "step": String(step),
      "version": configuration.versions.swiftgan,
    ]
    if !shape.arePoints {
      facts["layout"] = "NCHW"
      facts["range"] = "[-1, 1]"
      facts["channels"] = String(shape.channels)
      facts["height"] = String(shape.height)
      facts["width"] = String(shape.width)
    }
    if shape.classes > 0 { facts["classes"] = Self.json(classNames) }
    if let codes = (recipe as? any CodedRecipe)?.codes {
      for code in codes { facts["code.\(code.name)"] = code.words }
    }
    return facts
  }

  private static func list(_ axes: [String]) -> String { "[\(axes.joined(separator: ", "))]" }

  private static func json(_ value: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}

extension LatentCode {
  /// Where it stands and what it may be.
  fileprivate var words: String {
    switch kind {
    case .categorical(let count):
      "columns \(columns.lowerBound) to \(columns.upperBound - 1) of the noise, "
        + "a one-hot row of \(count)"
    case .continuous(let range):
      "column \(columns.lowerBound) of the noise, "
        + "from \(range.lowerBound) to \(range.upperBound)"
    }
  }
}
