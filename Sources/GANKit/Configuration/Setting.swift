/// A field of a configuration: its default, its meaning and the values it takes, said once.
///
/// ```swift
/// @Setting(.count("channels of the first maps")) public var width = 64
/// ```
///
/// The rule belongs to the configuration that `init()` makes; decoded copies hold values only, and
/// ``RecipeConfig/validate()`` checks them by the rules of a fresh one. In JSON a setting is its
/// plain value.
@propertyWrapper
public struct Setting<Value: Codable & Sendable & Equatable>: Codable, Sendable, Equatable {
  /// The value.
  public var wrappedValue: Value
  private let rule: SettingRule<Value>?

  /// A field with a default and a rule.
  public init(wrappedValue: Value, _ rule: SettingRule<Value>) {
    (self.wrappedValue, self.rule) = (wrappedValue, rule)
  }

  /// Reads the plain value.
  public init(from decoder: any Decoder) throws {
    (wrappedValue, rule) = (try Value(from: decoder), nil)
  }

  /// Writes the plain value.
  public func encode(to encoder: any Encoder) throws { try wrappedValue.encode(to: encoder) }

  /// Whether the values are equal.
  public static func == (a: Setting, b: Setting) -> Bool { a.wrappedValue == b.wrappedValue }
}

/// A setting whatever its type.
protocol AnySetting {
  /// One line, with the unit.
  var meaning: String { get }
  /// What it may be, where it is one of a few words.
  var choices: [String]? { get }
  /// For how long a value holds.
  var scope: SettingScope { get }
  /// Checks another setting of the same field by this one's rule.
  func check(_ other: any AnySetting, named name: String) throws
}

extension Setting: AnySetting {
  var meaning: String { rule?.meaning ?? "" }
  var choices: [String]? { rule?.choices }
  var scope: SettingScope { rule?.scope ?? .run }

  func check(_ other: any AnySetting, named name: String) throws {
    if let other = other as? Setting { try rule?.check(other.wrappedValue, name) }
  }
}

/// What is known of a field of a configuration beside its value.
public struct ConfigField: Sendable, Equatable {
  /// The name on the command line and in `config.json`.
  public let name: String
  /// One line, with the unit.
  public let meaning: String
  /// The words that it takes, where they are few.
  public let choices: [String]?
  /// Whether a run may go on with another value.
  public let scope: SettingScope
}

extension RecipeConfig {
  /// The fields in the order of declaration.
  public static var fields: [ConfigField] {
    Self().settings.map {
      ConfigField(name: $0, meaning: $1.meaning, choices: $1.choices, scope: $1.scope)
    }
  }

  /// The settings by the names of their properties, whose storage has an underscore in front.
  private var settings: [(name: String, setting: any AnySetting)] {
    Mirror(reflecting: self).children.compactMap { child in
      guard let label = child.label, let setting = child.value as? any AnySetting else {
        return nil
      }
      return (String(label.drop { $0 == "_" }), setting)
    }
  }

  /// Checks every value by itself, then against the others.
  ///
  /// - Throws: ``ConfigError`` naming the field.
  public func validate() throws {
    for (ruled, own) in zip(Self().settings, settings) {
      try ruled.setting.check(own.setting, named: own.name)
    }
    try checkTogether()
  }
}
