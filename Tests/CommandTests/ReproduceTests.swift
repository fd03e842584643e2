import Foundation
import Testing

@Suite("Claims")
struct ReproduceTests {
  @Test("Every system has a claim of its name, shown with the system; the list tells all")
  func list() throws {
    let scratch = try Scratch()
    let list = try scratch.gan("reproduce", "--list").output.split(separator: "\n")
    let listed = list.compactMap { $0.split(separator: " ").first.map(String.init) }
    let json = try scratch.gan("list", "--json").output
    let systems = try #require(
      JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]])
    for name in systems.compactMap({ $0["name"] as? String }) where name != "classifier" {
      #expect(listed.contains(name), "\(name)")
      let page = try scratch.gan("show", name, "--json").output
      let card = try #require(
        JSONSerialization.jsonObject(with: Data(page.utf8)) as? [String: Any])
      let claims = try #require(card["claims"] as? [String])
      #expect(!claims.isEmpty, "\(name)")
      for claim in claims {
        #expect(list.contains { $0.hasPrefix(name) && $0.contains(claim) }, "\(name)")
      }
    }
    #expect(Set(listed).count == listed.count)
  }

  /// Five steps from a random generator cover no grid, so the claim must come out as not met.
  @Test("A claim trains an ordinary run, is kept beside it and takes one row of the table")
  func records() throws {
    let scratch = try Scratch()
    for name in ["one", "two"] {
      let result = try scratch.gan(
        "reproduce", "wgan-gp-grid", "--steps", "5", "--threads", "1", "--output", name, "--json",
        "--record", "docs/Results.md")
      #expect(result.status == 0, "\(result)")
    }
    let claim = try #require(
      JSONSerialization.jsonObject(with: scratch.data("two/claim.json")) as? [String: Any])
    let finding = try #require(claim["finding"] as? [String: Any])
    #expect(claim["name"] as? String == "wgan-gp-grid" && finding["isMet"] as? Bool == false)
    let command = "gan reproduce wgan-gp-grid --steps 5 --threads 1"
    #expect(claim["command"] as? String == command)
    #expect(try scratch.gan("sample", "two", "--output", "points.npy").status == 0)

    let table = try String(contentsOf: scratch.path("docs/Results.md"), encoding: .utf8)
    let rows = table.split(separator: "\n").filter { $0.hasPrefix("| `") }
    #expect(rows.count == 1)
    #expect(rows.first?.contains("`\(command)`") == true)
    #expect(rows.first?.contains("| **not met** |") == true)
    let beneath = try #require(table.split(separator: "\n").last)
    #expect(beneath.hasPrefix("Not measured yet: `gan`, ") && !beneath.contains("`wgan-gp-grid`"))
  }

  @Test("In bfloat16 a claim has a row of its own, beneath that of float32")
  func numberFormats() throws {
    let scratch = try Scratch()
    for options in [["--precision", "bfloat16"], []] {
      let path = "run\(options.count)"
      let result = try scratch.gan(
        ["reproduce", "wgan-gp-grid", "--steps", "2", "--threads", "1", "--output", path]
          + ["--record", "Results.md"] + options)
      #expect(result.status == 0, "\(result)")
      let config = try #require(
        JSONSerialization.jsonObject(with: scratch.data("\(path)/config.json")) as? [String: Any])
      #expect(config["precision"] as? String == options.last ?? "float32")
    }
    let table = try String(contentsOf: scratch.path("Results.md"), encoding: .utf8)
    let rows = table.split(separator: "\n").filter { $0.hasPrefix("| `") }
    let titles = rows.map { $0.split(separator: "|")[0] }
    #expect(titles == [" `wgan-gp-grid` ", " `wgan-gp-grid` in bfloat16 "])
    let command = "gan reproduce wgan-gp-grid --precision bfloat16 --steps 2 --threads 1"
    #expect(rows.last?.contains("`\(command)`") == true)
    let refused = try scratch.gan("reproduce", "wgan-gp-grid", "--precision", "auto")
    #expect(refused.failed(64, naming: ["--precision", "float32"]), "\(refused)")
  }

  @Test("A run that is there is measured, not trained again; one trained otherwise is refused")
  func again() throws {
    let scratch = try Scratch()
    let claim = ["reproduce", "wgan-gp-grid", "--threads", "1", "--output", "run", "--json"]
    func reproduce(_ steps: Int) throws -> CommandResult {
      try scratch.gan(claim + ["--steps", "\(steps)"])
    }
    #expect(try reproduce(4).status == 0)
    let log = try scratch.data("run/metrics.jsonl")
    try FileManager.default.removeItem(at: scratch.path("run/claim.json"))
    #expect(try reproduce(4).status == 0)
    #expect(try scratch.data("run/metrics.jsonl") == log)
    #expect(scratch.exists("run/claim.json"))
    #expect(try reproduce(5).failed(naming: ["run"]))
  }

  @Test("A reproduction that was interrupted goes on, to the numbers of one that was not")
  func goesOn() throws {
    let scratch = try Scratch()
    func claim(_ run: String) -> [String] {
      ["reproduce", "wgan-gp-grid", "--threads", "1", "--steps", "400", "--output", run, "--json"]
    }
    let process = try scratch.start(claim("stopped"))
    scratch.waitForLog(lines: 1, of: process, run: "stopped")
    process.send(SIGINT)
    let stopped = process.wait()
    #expect(stopped.failed(naming: ["stopped", "interrupted"]), "\(stopped)")
    for run in ["stopped", "whole"] { #expect(try scratch.gan(claim(run)).status == 0) }
    func finding(_ run: String) throws -> [String: String] {
      let json = try JSONSerialization.jsonObject(with: scratch.data("\(run)/claim.json"))
      let finding = (json as? [String: Any])?["finding"] as? [String: Any]
      return try #require(finding).compactMapValues { $0 as? String }
    }
    #expect(try finding("stopped") == finding("whole"))
    #expect(try finding("whole").count == 2)
  }

  @Test(
    "Several claims are gone through, those that were found are kept, and one failure stops none")
  func several() throws {
    let scratch = try Scratch()
    let names = ["wgan-gp-grid", "vae-gan", "dragan-grid"]
    func reproduce(_ names: [String]) throws -> CommandResult {
      try CommandProcess(
        ["reproduce"] + names
          + ["--steps", "5", "--threads", "1", "--output", "claims", "--record", "Results.md"],
        in: scratch.url, shell: "unset SWIFTGAN_DATA; exec \"$0\" \"$@\""
      ).wait()
    }
    #expect(try reproduce([names[0], names[2]]).status == 0)
    let first = try scratch.data("claims/\(names[0])/claim.json")
    let result = try reproduce(names)
    #expect(result.status == 1 && result.errors.contains("SWIFTGAN_DATA"), "\(result)")
    #expect(result.errors.contains("not reproduced: vae-gan\n"), "\(result)")
    #expect(names.allSatisfy { result.output.contains("\($0): NOT MET: ") == ($0 != "vae-gan") })
    #expect(try scratch.data("claims/\(names[0])/claim.json") == first)
    let table = try String(contentsOf: scratch.path("Results.md"), encoding: .utf8)
    #expect(table.split(separator: "\n").count { $0.hasPrefix("| `") } == 2)
  }

  @Test("The table of numbers of labels: eight runs, and an accuracy of each in the outcome")
  func labels() throws {
    let scratch = try Scratch()
    let result = try scratch.gan(
      "reproduce", "improved-gan-labels", "--steps", "1", "--threads", "1", "--output", "run",
      "--json")
    #expect(result.status == 0, "\(result)")
    let counts = ["25", "50", "100", "1000"]
    let runs = ["run"] + counts.dropFirst().map { "run-\($0)" } + counts.map { "run-\($0)-alone" }
    #expect(scratch.names("") == runs.sorted())
    let claim = try #require(
      JSONSerialization.jsonObject(with: scratch.data("run/claim.json")) as? [String: Any])
    let finding = try #require(claim["finding"] as? [String: Any])
    #expect(finding["isMet"] as? Bool == false)
    for list in ["figure", "floor"] {
      let text = try #require(finding[list] as? String)
      #expect(counts.allSatisfy { text.contains("\($0) labels ") }, "\(text)")
    }
  }

  @Test("Unknown names, missing names and missing image sets: one line")
  func refusals() throws {
    let scratch = try Scratch()
    #expect(try scratch.gan("reproduce", "pix2pics").failed(naming: ["pix2pics", "'pix2pix'"]))
    #expect(try scratch.gan("reproduce").failed(64, naming: ["--list"]))
    let process = try CommandProcess(
      ["reproduce", "pix2pix-streets", "--output", "run"], in: scratch.url,
      shell: "unset SWIFTGAN_DATA; exec \"$0\" \"$@\"")
    #expect(process.wait().failed(naming: ["pix2pix-streets", "SWIFTGAN_DATA"]))
    #expect(!scratch.exists("run"))
  }
}
