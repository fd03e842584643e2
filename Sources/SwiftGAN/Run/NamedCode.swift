import GANKit
import GANTraining

extension CodedRecipe {
  /// The code of a name, if values are such as it takes.
  ///
  /// - Parameter ends: one value, or both ends of what the code is to run over.
  /// - Throws: `RunError` naming the codes or what the code takes.
  package func code(named name: String, _ ends: [Double]) throws -> LatentCode {
    let names = codes.map(\.name)
    guard let code = codes.first(where: { $0.name == name }) else {
      let nearest = nearestName(to: name, among: names).map { "; did you mean '\($0)'?" } ?? ""
      throw RunError.field(
        "codes", found: "'\(name)'\(nearest)", expected: "one of \(names.joined(separator: ", "))"
      )
    }
    let limits = code.limits
    let isWhole: Bool
    if case .categorical = code.kind { isWhole = true } else { isWhole = false }
    guard ends.allSatisfy({ limits.contains($0) && (!isWhole || $0 == $0.rounded()) }),
      ends.count == 1 || ends[0] < ends[1]
    else {
      throw RunError.field(
        "codes", found: "'\(name)=\(ends.map(plain).joined(separator: "..."))'",
        expected: (isWhole ? "a category from " : "a number from ")
          + "\(plain(limits.lowerBound)) to \(plain(limits.upperBound)), or a range of them")
    }
    return code
  }
}

private func plain(_ value: Double) -> String {
  value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
}
