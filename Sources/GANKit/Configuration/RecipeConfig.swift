import Foundation

/// The numbers of a recipe that a user may change, as one flat value whose properties are each a
/// ``Setting``.
public protocol RecipeConfig: Codable, Sendable, Equatable {
  /// The default values: the paper's, where the system's card says nothing else.
  init()
  /// The values that go with this configuration's choices: where a field such as the architecture
  /// decides what others should be, those; else those of ``init()``.
  var defaults: Self { get }
  /// Fields that the system did not have at first: runs that do not name one have its default value.
  static var newerFields: Set<String> { get }
  /// Checks fields against each other, once each has been checked by itself; by default nothing.
  ///
  /// - Throws: ``ConfigError`` naming the field.
  func checkTogether() throws
}

extension RecipeConfig {
  /// The default values.
  public var defaults: Self { Self() }

  /// None.
  public static var newerFields: Set<String> { [] }

  /// Nothing: no field depends on another.
  public func checkTogether() throws {}

  /// A configuration with some choices made and the values that go with them:
  /// `.with { $0.architecture = .resnet }`.
  public static func with(_ choose: (inout Self) -> Void) -> Self {
    var config = Self()
    choose(&config)
    config = config.defaults
    choose(&config)
    return config
  }
}

/// A field with a few possible values.
public protocol ConfigChoice: RawRepresentable, CaseIterable, Codable, Sendable, Equatable
where RawValue == String {}

extension ConfigChoice {
  /// Reads one of the cases; the error lists them all.
  public init(from decoder: any Decoder) throws {
    let name = try decoder.singleValueContainer().decode(String.self)
    guard let choice = Self(rawValue: name) else {
      let field = decoder.codingPath.first?.stringValue ?? "value"
      let names = Self.allCases.map(\.rawValue).joined(separator: ", ")
      throw ConfigError.invalid(field, found: "'\(name)'", expected: "one of \(names)")
    }
    self = choice
  }
}

/// A configuration that cannot be used. The command line prints it as one line.
public enum ConfigError: Error, Equatable, CustomStringConvertible {
  /// There is no such field; the nearest existing name may be what was meant.
  case unknownField(String, nearest: String?)
  /// A value of the wrong kind or out of range.
  case invalid(String, found: String, expected: String)
  /// The data does not suit the recipe.
  case data(String)
  /// The sides of the images do not suit the recipe: what it needs, and what was found.
  case size(String, found: String)

  /// One line naming the field and what was expected.
  public var description: String {
    switch self {
    case .unknownField(let name, let nearest):
      "unknown configuration field '\(name)'" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
    case .invalid(let field, let found, let expected):
      "configuration field '\(field)': expected \(expected), found \(found)"
    case .data(let reason): reason
    case .size(let needs, let found): "\(needs), found \(found)"
    }
  }

  /// Stops unless `condition` holds.
  public static func check(
    _ condition: Bool, _ field: String, _ found: some Any, _ expected: String
  ) throws {
    if !condition { throw ConfigError.invalid(field, found: "\(found)", expected: expected) }
  }
}

extension RecipeConfig {
  /// The configuration with fields replaced by values written as text, not yet validated. Fields
  /// that are not named and still have their default take the one that goes with the new choices.
  ///
  /// - Throws: ``ConfigError`` for a field that does not exist or a value of the wrong kind.
  public func setting(_ assignments: [(field: String, value: String)]) throws -> Self {
    let (before, oldDefaults) = (try jsonObject(), try defaults.jsonObject())
    var object = before
    for (field, text) in assignments {
      guard let old = object[field] else {
        throw ConfigError.unknownField(
          field, nearest: nearestName(to: field, among: object.keys.sorted()))
      }
      object[field] = try old.replaced(byText: text, field: field)
    }
    let newDefaults = try Self.decoded(from: object).defaults.jsonObject()
    let named = Set(assignments.map(\.field))
    for (field, value) in newDefaults
    where !named.contains(field) && before[field] == oldDefaults[field] {
      object[field] = value
    }
    return try Self.decoded(from: object)
  }

  /// The fields by name.
  public func jsonObject() throws -> [String: ConfigValue] {
    try JSONDecoder().decode([String: ConfigValue].self, from: JSONEncoder().encode(self))
  }

  /// A configuration from its fields; all but ``newerFields`` must be there and no others.
  ///
  /// - Throws: ``ConfigError`` naming the field.
  public static func decoded(from object: [String: ConfigValue]) throws -> Self {
    let known = try Self().jsonObject()
    for field in object.keys.sorted() where known[field] == nil {
      throw ConfigError.unknownField(
        field, nearest: nearestName(to: field, among: known.keys.sorted()))
    }
    let object = known.filter { newerFields.contains($0.key) }.merging(object) { $1 }
    do {
      return try JSONDecoder().decode(Self.self, from: JSONEncoder().encode(object))
    } catch DecodingError.keyNotFound(let key, _) {
      throw ConfigError.invalid(key.stringValue, found: "nothing", expected: "a value")
    } catch is DecodingError {
      throw mismatch(in: object, known)
    }
  }

  /// Names the field whose value cannot be read. The decoder's own error does not always.
  private static func mismatch(
    in object: [String: ConfigValue], _ known: [String: ConfigValue]
  ) -> ConfigError {
    for (field, value) in object.sorted(by: { $0.key < $1.key }) {
      let alone = known.merging([field: value]) { $1 }
      if let data = try? JSONEncoder().encode(alone),
        (try? JSONDecoder().decode(Self.self, from: data)) == nil
      {
        return .invalid(field, found: "\(value)", expected: expectation(field, known))
      }
    }
    return .data("the configuration cannot be read")
  }

  /// What a field's value must be: whole, if half a one will not do.
  private static func expectation(_ field: String, _ known: [String: ConfigValue]) -> String {
    guard let value = known[field] else { return "a value" }
    if case .list = value { return "whole numbers with commas between them" }
    let half = known.merging([field: .number(0.5)]) { $1 }
    let data = try? JSONEncoder().encode(half)
    let takesHalves = data.flatMap { try? JSONDecoder().decode(Self.self, from: $0) } != nil
    if case .integer = value { return takesHalves ? "a number" : "a whole number in range" }
    return value.kind
  }
}
