import GANMetrics
import GANTraining
import SwiftGAN

/// One run: where it stands, its curves, its sheets over time, its evaluations, its configuration.
struct RunPage {
  let detail: RunDetail

  private var run: RunSummary { detail.summary }

  func html() throws -> HTML {
    Page(
      title: run.name, script: "run",
      content: """
        <h1>\(run.name)</h1>
        <div id="facts" data-live>\(RunFacts(run: run).html)</div>
        \(run.checkpoints.isEmpty ? "" : playground)
        <section aria-labelledby="sheets-title"><h2 id="sheets-title">Samples over time</h2>
        <div id="sheets" data-live>\(sheets)</div></section>
        <section aria-labelledby="curves-title"><h2 id="curves-title">Curves</h2>
        <div id="curves" data-live class="wide">\(curves)</div></section>
        <section aria-labelledby="figures-title"><h2 id="figures-title">Evaluations</h2>
        <div id="figures" data-live>\(evaluations)</div></section>
        <section aria-labelledby="messages-title"><h2 id="messages-title">Messages</h2>
        <div id="messages" data-live>\(messageList(detail.messages))</div></section>
        <section aria-labelledby="config-title"><h2 id="config-title">Configuration</h2>
        \(try configurationTable(detail.fields))</section>
        """
    ).html
  }

  private var playground: HTML {
    "<p><a class=\"button\" href=\"\(address(of: run.name, "/play"))\">Open the playground</a></p>"
  }

  private var sheets: HTML {
    guard let last = run.sheets.last else { return "<p>No sheet is written yet.</p>" }
    let steps = run.sheets.map(String.init).joined(separator: " ")
    return """
      <div class="slider" data-sheets="\(apiAddress(of: run.name, "sheets/"))" data-steps="\(steps)">
      <label>Step <output>\(last)</output>
      <input type="range" min="0" max="\(run.sheets.count - 1)" value="\(run.sheets.count - 1)"></label>
      <img class="pixels" alt="Sample sheet of step \(last)" \
      src="\(apiAddress(of: run.name, "sheets/\(last)"))">
      </div>
      """
  }

  private var curves: HTML {
    guard run.step > 0 else { return "<p>Nothing is logged yet.</p>" }
    // The step makes the address a new one whenever there is more to see: intervals share no factor with 499.
    return """
      <img alt="Losses and metrics over the training steps" \
      src="\(apiAddress(of: run.name, "curves"))?points=\(500 + run.step % 499)">
      """
  }

  private var evaluations: HTML {
    guard !detail.evaluations.isEmpty else {
      return "<p>Not measured yet: <code>gan evaluate</code> does it.</p>"
    }
    return evaluationTable(detail.evaluations)
  }
}

/// Where a run stands, in a few words.
struct RunFacts {
  let run: RunSummary

  var html: HTML {
    let problem: HTML = run.problem.map { "<p role=\"alert\">\($0)</p>" } ?? ""
    return """
      \(problem)
      <p>\(stateBadge(run.state)) \(progressBar(run)) \(stepWords)</p>
      <dl class="facts">\(factList)</dl>
      """
  }

  private var stepWords: String {
    run.steps.map { "step \(run.step) of \($0)" } ?? "step \(run.step)"
  }

  private var factList: [HTML] {
    var facts: [(String, String)] = [
      ("System", run.system ?? ""), ("Data", run.data ?? ""), ("Time", timeWords(run)),
      ("Images/s", "\(Int(min(run.imagesPerSecond, 1e12).rounded()))"),
    ]
    facts += run.losses.sorted { $0.key < $1.key }.map { ($0.key, figure($0.value)) }
    if let best = run.best {
      facts.append(("Best checkpoint", "\(best.metric) \(figure(best.value)) at step \(best.step)"))
    }
    return facts.map { "<div><dt>\($0.0)</dt><dd>\($0.1)</dd></div>" }
  }
}

/// The newest evaluations, newest first.
func evaluationTable(_ evaluations: [Evaluation]) -> HTML {
  let rows = evaluations.suffix(20).reversed().flatMap { evaluation in
    evaluation.results.map { result -> HTML in
      """
      <tr><td class="number">\(evaluation.step.map(String.init) ?? "")</td>
      <th scope="row">\(result.name)</th><td class="number">\(figure(result.value))</td>
      <td>\(result.description)</td></tr>
      """
    }
  }
  return """
    <div class="wide"><table><thead><tr><th scope="col" class="number">Step</th><th scope="col">Metric</th>
    <th scope="col" class="number">Value</th><th scope="col">How it was computed</th></tr></thead>
    <tbody>\(rows)</tbody></table></div>
    """
}

/// What was to be known of the training, newest first.
func messageList(_ messages: [RunMessage]) -> HTML {
  guard !messages.isEmpty else { return "<p>Nothing was out of the ordinary.</p>" }
  let items = messages.suffix(50).reversed().map { message -> HTML in
    let mark: HTML = message.kind == .failure ? "<span class=\"badge broken\">failure</span> " : ""
    return "<li>\(mark)step \(message.step): \(message.text)</li>"
  }
  return "<ul>\(items)</ul>"
}

func configurationTable(_ fields: [(name: String, value: String)]) -> HTML {
  let rows = fields.map { field -> HTML in
    "<tr><th scope=\"row\"><code>\(field.name)</code></th><td>\(field.value)</td></tr>"
  }
  return """
    <details><summary>\(fields.count) fields</summary><div class="wide"><table>
    <thead><tr><th scope="col">Field</th><th scope="col">Value</th></tr></thead>
    <tbody>\(rows)</tbody></table></div></details>
    """
}
