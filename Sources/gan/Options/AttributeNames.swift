import ArgumentParser
import GANData

/// Different names with commas between them, of attributes that make classes or domains.
struct AttributeNames: ExpressibleByArgument {
  let names: [String]

  init?(argument: String) {
    names = argument.split(separator: ",", omittingEmptySubsequences: false)
      .map { String($0.trimmingPrefix(" ").reversed().trimmingPrefix(" ").reversed()) }
    guard !names.contains(""), Set(names).count == names.count else { return nil }
  }

  /// How an option says what they do.
  static let help = ArgumentHelp(
    "Attributes of \(AttributeTable.fileName), or column=value of a table (.csv) that names the images, "
      + "as classes: one for those without and with it, several for those that have just one of "
      + "them. Domains: A has the first, B not, or the second.",
    valueName: "names")
}
