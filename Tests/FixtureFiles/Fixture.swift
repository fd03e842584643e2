import Foundation
import Torch

/// One file of reference values computed by PyTorch (Scripts/make_goldens.py says what each holds).
package struct Fixture {
  /// The tensors by key.
  package let tensors: [String: Tensor]
  private let config: [String: Any]
  /// The configuration as it is written, JSON.
  package let configText: String

  /// The folder of all fixtures in the checkout that this was built from.
  package static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures")

  /// Reads `family/name`.
  package init(_ path: String, in folder: URL = Fixture.folder) throws {
    let url = folder.appendingPathComponent("\(path).safetensors")
    let file = try SafetensorsFile(readingFrom: url)
    tensors = file.tensors
    configText = file.metadata["config"] ?? "{}"
    config =
      try JSONSerialization.jsonObject(with: Data(configText.utf8)) as? [String: Any] ?? [:]
  }

  /// The names of a family's files, in order.
  package static func names(of family: String, in folder: URL = Fixture.folder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.appendingPathComponent(family).path)
      .filter { $0.hasSuffix(".safetensors") }
      .map { String($0.dropLast(".safetensors".count)) }.sorted()
  }

  /// The tensor of one key.
  package func callAsFunction(_ key: String) throws -> Tensor {
    guard let tensor = tensors[key] else { throw MissingKey(key: key) }
    return tensor
  }

  /// The tensors whose keys start with `prefix`, by the rest of their key.
  package func group(_ prefix: String) -> [String: Tensor] {
    let inside = tensors.filter { $0.key.hasPrefix(prefix) }
    return Dictionary(
      uniqueKeysWithValues: inside.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
  }

  /// The tensors whose keys start with `prefix`, in order of key.
  package func list(_ prefix: String) -> [Tensor] {
    group(prefix).sorted { $0.key < $1.key }.map(\.value)
  }

  /// A text of the configuration.
  package func text(_ key: String) -> String { config[key] as? String ?? "" }

  /// A number of the configuration.
  package func number(_ key: String) -> Double? { (config[key] as? NSNumber)?.doubleValue }

  /// A list of numbers of the configuration.
  package func numbers(_ key: String) -> [Double] {
    (config[key] as? [NSNumber])?.map(\.doubleValue) ?? []
  }
}

/// A key that a fixture does not have.
package struct MissingKey: Error, CustomStringConvertible {
  let key: String
  package var description: String { "the fixture has no tensor '\(key)'" }
}
