/// What differs between two runs.
struct DifferencesPage {
  let a: RunDetail
  let b: RunDetail

  func html() throws -> HTML {
    let rows = try differences
    let names = (a.summary.name, b.summary.name)
    return Page(
      title: "Differences",
      content: """
        <h1>What differs</h1>
        <div class="wide"><table><thead><tr><th scope="col">Field</th>
        <th scope="col"><a href="\(address(of: names.0))">\(names.0)</a></th>
        <th scope="col"><a href="\(address(of: names.1))">\(names.1)</a></th></tr></thead>
        <tbody>\(rows.map(row))</tbody></table></div>
        \(rows.isEmpty ? "<p>Their configurations are the same.</p>" : "")
        """
    ).html
  }

  private var differences: [(name: String, a: String, b: String)] {
    get throws {
      let own = try values(a).merging(results(a)) { $1 }
      let other = try values(b).merging(results(b)) { $1 }
      return Set(own.keys).union(other.keys).sorted()
        .map { ($0, own[$0] ?? "", other[$0] ?? "") }.filter { $0.1 != $0.2 }
    }
  }

  private func values(_ run: RunDetail) throws -> [String: String] {
    Dictionary(try run.fields.map { ($0.name, $0.value) }) { $1 }
  }

  private func results(_ run: RunDetail) -> [String: String] {
    var results = run.summary.figures.mapValues { figure($0) }
    results["images/s"] = "\(Int(min(run.summary.imagesPerSecond, 1e12).rounded()))"
    results["steps made"] = "\(run.summary.step)"
    return results
  }

  private func row(_ line: (name: String, a: String, b: String)) -> HTML {
    "<tr><th scope=\"row\">\(line.name)</th><td>\(line.a)</td><td>\(line.b)</td></tr>"
  }
}
