import GANKit
import GANTraining

/// A named set of numbers of a system that belong together: its configuration, and how it is trained
/// where nobody says otherwise.
public struct Preset<R: Recipe>: Sendable {
  /// The name on the command line.
  public let name: String
  /// What it is for, in a few words.
  public let summary: String
  /// The system's numbers.
  public let config: R.Config
  /// Size, batch and length.
  public let run: RunDefaults

  /// A preset.
  ///
  /// - Parameters:
  ///   - name: what `--preset` takes.
  ///   - summary: what it is for.
  ///   - config: the system's numbers.
  ///   - run: `nil` takes what the recipe says of this configuration.
  public init(
    _ name: String, _ summary: String, _ config: R.Config = R.Config(), _ run: RunDefaults? = nil
  ) {
    (self.name, self.summary, self.config) = (name, summary, config)
    self.run = run ?? R.defaults(for: config)
  }

  /// For two processor cores and minutes.
  static func small(
    _ summary: String = "two processor cores, minutes", batchSize: Int = 64, steps: Int,
    size: Int? = nil, _ choose: (inout R.Config) -> Void
  ) -> Preset {
    let config = R.Config.with(choose)
    let size = size ?? R.defaults(for: config).size
    return Preset(
      "small", summary, config, RunDefaults(size: size, batchSize: batchSize, steps: steps))
  }

  /// All of the authors' numbers.
  static func paper(
    _ summary: String, _ choose: (inout R.Config) -> Void = { _ in }
  ) -> Preset {
    Preset("paper", summary, .with(choose))
  }
}

extension Recipe {
  /// The presets, the first of which is taken where none is named; a system without any has one of
  /// its default numbers.
  public static var presets: [Preset<Self>] {
    (Self.self as? any Claiming.Type).flatMap { presets(of: $0) } ?? [Preset("default", "")]
  }

  private static func presets<C: Claiming>(of _: C.Type) -> [Preset<Self>]? {
    C.ownPresets as? [Preset<Self>]
  }

  /// The preset of a name; `nil` takes the first.
  ///
  /// - Throws: ``ConfigError`` with the names that there are.
  public static func preset(named name: String?) throws -> Preset<Self> {
    let all = presets
    guard let name else { return all[0] }
    guard let found = all.first(where: { $0.name == name }) else {
      throw ConfigError.invalid(
        "preset", found: "'\(name)'",
        expected: "one of \(card.name)'s: \(all.map(\.name).joined(separator: ", "))")
    }
    return found
  }
}

extension TrainingPlan {
  /// A plan with the numbers of a preset.
  ///
  /// - Parameter data: `nil` takes the built-in set that suits the recipe.
  public init(_ preset: Preset<R>, on data: DataConfiguration? = nil) {
    self.init(preset.config, on: data)
    (self.preset, defaults) = (preset.name, preset.run)
  }
}
