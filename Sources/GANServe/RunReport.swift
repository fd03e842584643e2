import Foundation
import GANAnalysis
import GANData
import GANTraining
import SwiftGAN

/// Runs as one page in one file that needs nothing else: to be mailed or kept.
public struct RunReport {
  private struct Part {
    let detail: RunDetail
    let curves: String?
    let sheets: [(step: Int, image: String)]
  }

  private let parts: [Part]
  private let comparison: String?

  /// As many sheets of a run, spread over its time.
  private static let mostSheets = 4

  /// Reads runs.
  ///
  /// - Parameter paths: their folders, at least one.
  /// - Throws: `RunError` for what is no run.
  public init(_ paths: [String]) throws {
    let runs = try paths.map { path in
      _ = try RunDirectory(path).configuration()
      return NamedRun(name: path, directory: RunDirectory(path))
    }
    parts = try runs.map { run in
      Part(
        detail: try RunDetail(run, RunSummary(run)), curves: Self.curves([run]),
        sheets: Self.sheets(of: run.directory))
    }
    comparison = runs.count > 1 ? Self.curves(runs) : nil
  }

  private static func curves(_ runs: [NamedRun]) -> String? {
    let histories = runs.compactMap { run in
      (try? MetricHistory(run.directory, name: run.name))?.thinned(to: 500)
    }
    guard !histories.isEmpty else { return nil }
    return dataAddress(.svg, MetricCurves(histories).scene().svg())
  }

  private static func sheets(of directory: RunDirectory) -> [(step: Int, image: String)] {
    let steps = directory.sampleSteps
    let chosen =
      steps.count <= mostSheets
      ? steps : (0..<mostSheets).map { steps[$0 * (steps.count - 1) / (mostSheets - 1)] }
    return chosen.compactMap { step in
      FileManager.default.contents(atPath: directory.samplePath(step)).map {
        (step, dataAddress(.png, [UInt8]($0)))
      }
    }
  }

  private static func dataAddress(_ kind: Answer.Kind, _ bytes: [UInt8]) -> String {
    "data:\(kind.rawValue);base64,\(Data(bytes).base64EncodedString())"
  }

  // MARK: - The page

  /// The page, UTF-8.
  ///
  /// - Throws: what JSON cannot hold, of a configuration that it could not be read from.
  public func html() throws -> [UInt8] {
    let title = parts.map(\.detail.summary.name).joined(separator: ", ")
    let page: HTML = """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(title) · SwiftGAN</title>
      <style>\(HTML(markup: PageFiles.style))</style>
      </head>
      <body><main>
      \(together)
      \(try parts.map(section))
      </main></body>
      </html>
      """
    return Array(page.text.utf8)
  }

  private var together: HTML {
    guard parts.count > 1 else { return "" }
    let curves: HTML = comparison.map { picture($0, "Curves of all runs") } ?? ""
    return """
      <h1>\(parts.count) runs</h1>
      \(RunsPage(folder: "", runs: parts.map(\.detail.summary)).plainTable)
      \(curves)
      """
  }

  private func section(_ part: Part) throws -> HTML {
    let run = part.detail.summary
    let sheets = part.sheets.map { sheet -> HTML in
      """
      <figure><img class="pixels" alt="Sample sheet of step \(sheet.step)" src="\(sheet.image)">
      <figcaption>step \(sheet.step)</figcaption></figure>
      """
    }
    let curves: HTML = part.curves.map { picture($0, "Losses and metrics over the steps") } ?? ""
    let evaluations: HTML =
      part.detail.evaluations.isEmpty
      ? "<p>Not measured.</p>" : evaluationTable(part.detail.evaluations)
    return """
      <section><h1>\(run.name)</h1>
      \(RunFacts(run: run).html)
      <h2>Samples over time</h2><div class="pair">\(sheets)</div>
      <h2>Curves</h2>\(curves)
      <h2>Evaluations</h2>\(evaluations)
      <h2>Messages</h2>\(messageList(part.detail.messages))
      <h2>Configuration</h2>\(configurationTable(try part.detail.fields))</section>
      """
  }

  private func picture(_ address: String, _ meaning: String) -> HTML {
    "<div class=\"wide\"><img alt=\"\(meaning)\" src=\"\(address)\"></div>"
  }
}
