import Foundation
import Testing

@Suite("gan serve and gan report")
struct ServeTests {
  /// Until a process has printed something, or has ended.
  private func waitForOutput(of process: CommandProcess) -> String {
    while process.isRunning, !process.output.contains("\n") { usleep(5000) }
    return process.output
  }

  @Test(
    "says where it is, ends within a second of SIGTERM or SIGINT, and leaves the port to others")
  func life() throws {
    let scratch = try Scratch()
    try scratch.makeRun()
    for number in [SIGTERM, SIGINT] {
      // On a busy machine one may have to wait for its turn: the quickest of three counts.
      var quickest = Duration.seconds(60)
      for _ in 1...3 where quickest >= .seconds(1) {
        let process = try scratch.start(["serve", ".", "--port", "0"])
        let line = waitForOutput(of: process)
        #expect(line.hasPrefix("open http://127.0.0.1:") && !line.contains("token"))
        let port = try #require(line.firstMatch(of: /:(\d+)\//)?.1)
        let other = try scratch.gan("serve", ".", "--port", String(port))
        #expect(other.failed(naming: ["serve", String(port), "in use"]), "\(other.errors)")
        let begun = ContinuousClock.now
        process.send(number)
        #expect(process.wait().status == 0)
        quickest = min(quickest, ContinuousClock.now - begun)
      }
      #expect(quickest < .seconds(1))
    }
  }

  @Test("an address that others reach has a token in it, made anew or as it was given")
  func token() throws {
    let scratch = try Scratch()
    try scratch.makeRun()
    let given = "sixteen-letters-"
    var seen: Set<Substring> = []
    for more in [[], [], ["--token", given]] {
      let process = try scratch.start(["serve", ".", "--port", "0", "--host", "0.0.0.0"] + more)
      let line = waitForOutput(of: process)
      let token = try #require(line.firstMatch(of: /\?token=([^ ]+)/)?.1)
      #expect(more.isEmpty ? token.count == 32 : token == given)
      seen.insert(token)
      process.send(SIGKILL)
      _ = process.wait()
    }
    #expect(seen.count == 3)
  }

  @Test("what cannot be served is one line")
  func errors() throws {
    let scratch = try Scratch()
    #expect(try scratch.gan("serve", "none").failed(naming: ["none", "no such folder"]))
    #expect(try scratch.gan("serve", ".", "--port", "65536").failed(naming: ["--port", "65535"]))
    #expect(
      try scratch.gan("serve", ".", "--token", "short").failed(naming: ["--token", "5 characters"]))
    #expect(
      try scratch.gan("serve", ".", "--port", "0", "--host", "no.such.host.invalid")
        .failed(naming: ["serve", "no.such.host.invalid"]))
  }

  @Test("a report of runs is one file")
  func report() throws {
    let scratch = try Scratch()
    try scratch.makeRun()
    #expect(try scratch.gan("report", "run", "--output", "new/report.html").status == 0)
    let page = String(decoding: try scratch.data("new/report.html"), as: UTF8.self)
    #expect(page.contains("<h1>run</h1>") && page.contains("data:image/png;base64,"))
    #expect(try scratch.gan("report", "none", "--output", "x.html").failed(naming: ["none"]))
    #expect(try scratch.gan("report", "run", "--output", "x.pdf").failed(naming: ["FILE.html"]))
    #expect(!scratch.exists("x.html") && !scratch.exists("x.pdf"))
  }
}
