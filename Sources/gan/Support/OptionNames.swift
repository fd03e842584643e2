import GANData
import GANKit
import GANTraining

/// What the library's errors say of fields, said of options: `batchSize` is `--batch-size`.
enum OptionNames {
  private static let own = [
    "source": "--data", "other": "--data-b", "attributes": "--attribute", "run": "RUN",
  ]

  /// One line, with the option that gives the field its value.
  static func words(of error: any Error) -> String {
    switch error {
    case RunError.field(let name, let found, let expected):
      "\(option(for: name)): expected \(expected), found \(found)"
    case let error as ConfigError: words(of: error)
    case RunError.exists: "\(error) with --output; gan resume goes on with it"
    case RunError.complete:
      "\(error): --steps or --epochs in all, or --minutes from now"
    case RunError.movedData: "\(error) with --data"
    case DataError.tooManyPixels: "\(error); raise it with --max-pixels"
    case RunError.otherImages: "\(error); --allow-other-images goes on with them"
    default: String(describing: error)
    }
  }

  private static func words(of error: ConfigError) -> String {
    if case .size = error { return "\(error); choose with --size" }
    return error.description
  }

  /// A field of a file, such as `data.shape`, and what is an option already stay as they are.
  static func option(for field: String) -> String {
    if let own = own[field] { return own }
    if field.contains(".") || field.hasPrefix("-") || field.contains(" ") { return field }
    return "--"
      + field.reduce(into: "") { result, character in
        if character.isUppercase { result += "-" }
        result += character.lowercased()
      }
  }
}
