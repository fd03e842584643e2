import ArgumentParser

/// `field=value`.
struct Assignment: ExpressibleByArgument {
  let field: String
  let value: String

  init?(argument: String) {
    guard let sign = argument.firstIndex(of: "="), sign != argument.startIndex else { return nil }
    field = String(argument[..<sign])
    value = String(argument[argument.index(after: sign)...])
  }
}
