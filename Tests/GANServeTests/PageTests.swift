import Foundation
import GANTraining
import HTTPTypes
import HummingbirdCore
import SwiftGAN
import Testing

@testable import GANServe

@Suite("HTML and reports")
struct PageTests {
  @Test("texts cannot become markup")
  func escaping() {
    let name = "<script>alert('1')</script>&\""
    let html: HTML = "<td title=\"\(name)\">\(name)</td>"
    let escaped = "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;"
    #expect(html.text == "<td title=\"\(escaped)\">\(escaped)</td>")
    let pieces: HTML = "<p>\([html, "<b>\("<")</b>"])</p>"
    #expect(pieces.text.contains("<b>&lt;</b>") && pieces.text.hasPrefix("<p><td"))
  }

  @Test("a run of a hostile name is text on every page, and its links lead to it")
  func hostile() async throws {
    let scratch = try Scratch()
    let name = "<img src=x onerror=alert(1)> &\"'?#%"
    try scratch.makeRun(name)
    let site = try scratch.site()
    let front = await site.answer(request("/")).text
    #expect(front.contains("&lt;img src=x") && !front.contains("<img src=x"))
    let link = try #require(front.firstMatch(of: /href="(\/runs\/[^"]+)"/)?.1)
    for part in ["", "/play"] {
      let answer = await site.answer(request(String(link) + part))
      #expect(answer.status == .ok && !answer.text.contains("<img src=x"))
    }
  }

  @Test("what was out of the ordinary in training is on the run's page")
  func messages() async throws {
    let scratch = try Scratch()
    let run = try scratch.makeRun("one")
    let site = try scratch.site()
    #expect(
      await site.answer(request("/runs/one")).text.contains("Nothing was out of the ordinary"))
    let line = #"{"kind":"failure","step":7,"text":"loss/D <b>","time":"2026-01-02T03:04:05Z"}"#
    try "no line\n\(line)\n".write(
      toFile: "\(run.path)/messages.jsonl", atomically: true, encoding: .utf8)
    let page = await site.answer(request("/runs/one")).text
    #expect(page.contains("failure</span> step 7: loss/D &lt;b&gt;"))
  }

  @Test("curves have another address at every logged step, so that an open page draws them anew")
  func curves() throws {
    let scratch = try Scratch()
    let run = NamedRun(name: "one", directory: try scratch.makeRun("one").directory)
    let steps = [30, 60, 90, 500, 1000, 5000]
    let addresses = try steps.map { step in
      var summary = RunSummary(run)
      summary.step = step
      let page = try RunPage(detail: RunDetail(run, summary)).html().text
      return try #require(page.firstMatch(of: /curves\?points=(\d+)/)?.1).description
    }
    #expect(Set(addresses).count == steps.count)
  }

  @Test("a page loads nothing from elsewhere")
  func selfMade() async throws {
    let scratch = try Scratch()
    try scratch.makeRun("one")
    let site = try scratch.site()
    for path in ["/", "/runs/one", "/runs/one/play", "/page/page.css", "/page/play.js"] {
      let text = await site.answer(request(path)).text
      #expect(!text.contains("http://") && !text.contains("https://"), "\(path)")
    }
  }

  @Test("a report holds its pictures and needs no other file")
  func report() throws {
    let scratch = try Scratch()
    let runs = try ["one", "two"].map { try scratch.makeRun($0).path }
    let text = String(decoding: try RunReport(runs).html(), as: UTF8.self)
    let sources = text.matches(of: /(?:src|href)="([^"]*)"/).map(\.1)
    #expect(sources.count >= 7 && sources.allSatisfy { $0.hasPrefix("data:image/") })
    #expect(text.contains("Curves of all runs") && text.contains("config.learningRate"))
    #expect(throws: RunError.self) { try RunReport([scratch.path]) }
  }
}
