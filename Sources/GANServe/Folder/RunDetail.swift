import Foundation
import GANData
import GANTraining
import SwiftGAN

/// Everything about one run that its files say.
struct RunDetail: Encodable, Sendable {
  let summary: RunSummary
  /// `config.json`; `nil` where it cannot be read.
  let configuration: RunConfiguration?
  /// Oldest first.
  let evaluations: [Evaluation]
  /// What was to be known of its training, oldest first.
  let messages: [RunMessage]

  init(_ run: NamedRun, _ summary: RunSummary) throws {
    self.summary = summary
    configuration = try? run.directory.configuration()
    evaluations = try run.directory.evaluations(Evaluation.self)
    messages = run.directory.messages()
  }

  /// The fields of the configuration by their paths, such as `data.size`, as text.
  var fields: [(name: String, value: String)] {
    get throws {
      guard let configuration else { return [] }
      let data = try JSONEncoder().encode(configuration)
      let object = try JSONSerialization.jsonObject(with: data)
      return flattened(object, "").sorted { $0.name < $1.name }
    }
  }
}

/// The leaves of a JSON value by their paths.
private func flattened(_ value: Any, _ path: String) -> [(name: String, value: String)] {
  switch value {
  case let object as [String: Any]:
    return object.flatMap { flattened($1, path.isEmpty ? $0 : "\(path).\($0)") }
  case let list as [Any] where list.allSatisfy { !($0 is [String: Any]) }:
    return [(path, list.map { "\($0)" }.joined(separator: ", "))]
  case let list as [Any]:
    return list.enumerated().flatMap { flattened($1, "\(path).\($0)") }
  case let number as NSNumber where CFBoolean.isFlag(number): return [(path, "\(number.boolValue)")]
  default: return [(path, "\(value)")]
  }
}

/// Foundation reads JSON's flags as numbers of a kind of their own.
private enum CFBoolean {
  static func isFlag(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }
}
