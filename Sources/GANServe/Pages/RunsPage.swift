import Foundation
import SwiftGAN

/// The table of all runs.
struct RunsPage {
  let folder: String
  let runs: [RunSummary]

  var html: HTML {
    Page(
      title: "Runs", script: "live",
      content: """
        <h1>Runs</h1>
        <p class="quiet">in <code>\(folder)</code></p>
        <div id="runs" data-live>\(runs.isEmpty ? Self.nothing : linked)</div>
        \(runs.count > 1 ? differences : "")
        """
    ).html
  }

  private static let nothing: HTML = """
    <p>No run is here yet. <code>gan train dcgan --minutes 3</code> makes one; this page shows it \
    as it goes on.</p>
    """

  /// The table without links, for a page that stands alone.
  var plainTable: HTML { table { "\($0)" } }

  private var linked: HTML { table { "<a href=\"\(address(of: $0))\">\($0)</a>" } }

  private func table(_ name: (String) -> HTML) -> HTML {
    """
    <div class="wide runs"><table>
    <thead><tr><th scope="col">Run</th><th scope="col">System</th><th scope="col">State</th>
    <th scope="col">Progress</th><th scope="col" class="number">Steps</th>
    <th scope="col" class="number">Images/s</th><th scope="col" class="number">Time</th>
    <th scope="col">Newest figures</th></tr></thead>
    <tbody>\(runs.map { row($0, name($0.name)) })</tbody>
    </table></div>
    """
  }

  private func row(_ run: RunSummary, _ name: HTML) -> HTML {
    guard run.state != .broken else {
      return """
        <tr><th scope="row">\(run.name)</th><td></td><td>\(stateBadge(run.state))</td>
        <td colspan="5">\(run.problem ?? "")</td></tr>
        """
    }
    return """
      <tr><th scope="row">\(name)</th>
      <td>\(run.system ?? "")</td><td>\(stateBadge(run.state))</td>
      <td>\(progressBar(run))</td><td class="number" data-title="Steps">\(run.step)</td>
      <td class="number" data-title="Images/s">\(Int(min(run.imagesPerSecond, 1e12).rounded()))</td>
      <td class="number" data-title="Time">\(timeWords(run))</td><td>\(figureWords(run))</td></tr>
      """
  }

  private var differences: HTML {
    """
    <form action="/differences" class="row">
    <label>Compare <select name="a">\(options(runs.first?.name))</select></label>
    <label>with <select name="b">\(options(runs.dropFirst().first?.name))</select></label>
    <button>Show what differs</button>
    </form>
    """
  }

  private func options(_ chosen: String?) -> [HTML] {
    runs.map { run in
      run.name == chosen
        ? "<option selected>\(run.name)</option>" : "<option>\(run.name)</option>"
    }
  }
}

/// The page of a run.
func address(of run: String, _ part: String = "") -> String {
  "/runs/\(percentEncoded(run))\(part)"
}

/// The API's address of something of a run.
func apiAddress(of run: String, _ part: String) -> String {
  "/api/runs/\(percentEncoded(run))/\(part)"
}

private func percentEncoded(_ text: String) -> String {
  let plain = CharacterSet.alphanumerics.intersection(CharacterSet(charactersIn: "\0"..."\u{7f}"))
    .union(CharacterSet(charactersIn: "-_.~"))
  return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
}

func stateBadge(_ state: RunSummary.State) -> HTML {
  "<span class=\"badge \(state.rawValue)\">\(state.rawValue)</span>"
}

func progressBar(_ run: RunSummary) -> HTML {
  let part = Int((run.progress * 100).rounded(.down))
  return "<progress max=\"100\" value=\"\(part)\" aria-label=\"\(part) % done\"></progress>"
}

/// `3 min 20 s`, and while it goes on `3 min 20 s, 1 h 5 min left`.
func timeWords(_ run: RunSummary) -> String {
  duration(run.seconds) + (run.secondsLeft.map { ", \(duration($0)) left" } ?? "")
}

/// The newest figures, or the losses of a run that was not measured.
func figureWords(_ run: RunSummary) -> String {
  let shown =
    run.figures.isEmpty
    ? run.losses : Dictionary(run.figures.map { (shortName($0.key), $0.value) }) { $1 }
  return shown.sorted { order($0.key) < order($1.key) }.prefix(4)
    .map { "\($0.key) \(figure($0.value))" }.joined(separator: ", ")
}

/// What people look for first stands first.
private func order(_ name: String) -> String {
  (name.hasPrefix("fid") ? "0" : name.hasPrefix("kid") ? "1" : "2") + name
}

/// A metric's name without its convention.
private func shortName(_ name: String) -> String {
  name.components(separatedBy: " (").first ?? name
}

/// Four digits.
func figure(_ value: Double) -> String { String(format: "%.4g", value) }
