import Foundation
import GANMetrics

extension Evaluation {
  /// A title, a table of the numbers, and beneath it once what they depend on.
  public var text: String {
    let place = step.map { " at step \($0)" } ?? ""
    return (["\(subject)\(place) against \(against)", "", table] + classes + [""] + conventions)
      .joined(separator: "\n")
  }

  private var table: String {
    textTable(
      [["metric", "value", "better", "against"]]
        + results.map { [$0.name, $0.valueText, $0.goal?.rawValue ?? "-", reference(of: $0)] })
  }

  /// What a number is a comparison with.
  private func reference(of result: MetricResult) -> String {
    switch result.kind {
    case "is", "classes", "smallest-share", "intra-ms-ssim", "real-intra-ms-ssim": "-"
    case "accuracy": "the labels"
    case "l1", "psnr", "ssim", "ms-ssim": "the targets"
    case "cycle-error", "background-error", "reconstruction-error": "the inputs"
    case "hole-l1", "hole-psnr", "input-hole-l1", "input-hole-psnr", "mean-fill-l1",
      "mean-fill-psnr":
      "the originals"
    default: against
    }
  }

  /// A line for each number that is known class by class.
  private var classes: [String] {
    results.compactMap { result in
      guard let perClass = result.perClass else { return nil }
      let parts = perClass.sorted { $0.key.localizedStandardCompare($1.key) == .orderedAscending }
        .map { "\($0.key): \(String(format: "%.4g", $0.value))" }
      return "\(result.name) by class: \(parts.joined(separator: ", "))"
    }
  }

  // MARK: - Conventions

  /// What the numbers depend on, each fact in a line with the metrics that it is of; without them where
  /// it is of all that have such a fact.
  private var conventions: [String] {
    let counts = facts { "\($0.convention.samples) samples" }
    let references = facts { result in
      result.convention.references.map { count in
        "\(count) references"
          + (result.convention.split.map { $0 == "all" ? "" : " of \($0)" } ?? "")
      }
    }
    let networks = facts { result in
      result.convention.network.map {
        "features of \($0.name) (SHA-256 \($0.checksum.prefix(8))), images \($0.preparation)"
      }
    }
    return [(counts + references + noise).joined(separator: ", ")] + networks + settings
      + (notes ?? [])
  }

  private var noise: [String] { seed.map { ["seed \($0)"] } ?? [] }

  private var settings: [String] {
    let grouped = grouped { result in
      let settings = result.convention.settings.sorted { $0.key < $1.key }
      return settings.isEmpty
        ? nil : settings.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }
    return grouped.map { "\($0.names.joined(separator: ", ")): \($0.fact)" }
  }

  private func facts(_ fact: (MetricResult) -> String?) -> [String] {
    let groups = grouped(fact)
    if groups.count == 1 { return groups.map(\.fact) }
    return groups.map { "\($0.fact) (\($0.names.joined(separator: ", ")))" }
  }

  /// The different facts in the order in which they appear, with the kinds of numbers they are of.
  private func grouped(
    _ fact: (MetricResult) -> String?
  ) -> [(fact: String, names: [String])] {
    var groups: [(fact: String, names: [String])] = []
    for result in results {
      guard let text = fact(result) else { continue }
      let name = result.name.prefix { $0 != "[" }.description
      if let index = groups.firstIndex(where: { $0.fact == text }) {
        if !groups[index].names.contains(name) { groups[index].names.append(name) }
      } else {
        groups.append((text, [name]))
      }
    }
    return groups
  }
}

extension MetricResult {
  /// The value with its deviation.
  fileprivate var valueText: String {
    let format = { (value: Double) in String(format: "%.5g", value) }
    return format(value) + (deviation.map { " ± \(format($0))" } ?? "")
  }
}
