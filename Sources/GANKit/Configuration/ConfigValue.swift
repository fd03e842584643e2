import Foundation

/// One value of a configuration file.
public enum ConfigValue: Codable, Sendable, Equatable, CustomStringConvertible {
  /// A truth value.
  case bool(Bool)
  /// A whole number.
  case integer(Int)
  /// A number with a fraction.
  case number(Double)
  /// A word.
  case text(String)
  /// Several values of one kind.
  case list([ConfigValue])

  /// Reads any of the kinds.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else {
      self = .list(try container.decode([ConfigValue].self))
    }
  }

  /// Writes the plain value.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .bool(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .list(let values): try container.encode(values)
    }
  }

  /// The value as a user writes it; lists with commas.
  public var description: String {
    switch self {
    case .bool(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .text(let value): value
    case .list(let values): values.map(\.description).joined(separator: ",")
    }
  }

  /// What a value of this kind is called in a message.
  var kind: String {
    switch self {
    case .bool: "true or false"
    case .integer, .number: "a number"
    case .text: "a word"
    case .list: "values separated by commas"
    }
  }

  /// A value of this kind from text.
  func replaced(byText text: String, field: String) throws -> ConfigValue {
    let text = text.trimmingCharacters(in: .whitespaces)
    func wrong(_ expected: String) -> ConfigError {
      .invalid(field, found: "'\(text)'", expected: expected)
    }
    switch self {
    case .bool:
      guard let value = Bool(text.lowercased()) else { throw wrong("true or false") }
      return .bool(value)
    case .integer, .number:
      if let value = Int(text) { return .integer(value) }
      guard let value = Double(text), value.isFinite else { throw wrong("a finite number") }
      return .number(value)
    case .text: return .text(text)
    case .list(let old):
      let element = old.first ?? .text("")
      let parts = text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false)
      return .list(try parts.map { try element.replaced(byText: String($0), field: field) })
    }
  }
}

/// The name that differs from `name` by the fewest edits, if few enough to be a slip.
public func nearestName(to name: String, among names: [String]) -> String? {
  let ranked = names.map { ($0, editDistance(name.lowercased(), $0.lowercased())) }
  guard let best = ranked.min(by: { $0.1 < $1.1 }) else { return nil }
  return best.1 <= max(2, name.count / 3) ? best.0 : nil
}

/// Insertions, deletions and replacements that turn `a` into `b` (Levenshtein).
private func editDistance(_ a: String, _ b: String) -> Int {
  let (a, b) = (Array(a), Array(b))
  var row = Array(0...b.count)
  for i in a.indices {
    var diagonal = row[0]
    row[0] = i + 1
    for j in b.indices {
      let replaced = diagonal + (a[i] == b[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, diagonal + 1)
    }
  }
  return row[b.count]
}
