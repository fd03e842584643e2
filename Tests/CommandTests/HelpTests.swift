import Foundation
import Testing

@Suite("Help")
struct HelpTests {
  /// Every command with all its options: a new one belongs here, and into its help text.
  static let options: [String: [String]] = [
    "": ["--help", "--version"],
    "list": ["--help", "--json", "--version"],
    "show": ["--help", "--json", "--version"],
    "train": [
      "--attribute", "--background", "--balance", "--batch-size", "--bits", "--channels",
      "--checkpoint-every", "--crop", "--data", "--data-b",
      "--device", "--direction", "--epochs", "--evaluate-count", "--evaluate-every",
      "--evaluate-features", "--evaluate-metric", "--fit", "--flip", "--from", "--from-step",
      "--help", "--json", "--keep", "--labels", "--log-every", "--masks", "--max-pixels",
      "--minutes",
      "--output", "--precision", "--preset", "--quiet",
      "--sample-every", "--seed", "--set", "--size", "--skip-broken", "--steps",
      "--sync-batch-norm", "--threads", "--version",
    ],
    "resume": [
      "--allow-other-images", "--batch-size", "--checkpoint-every", "--data", "--data-b",
      "--epochs",
      "--evaluate-count", "--evaluate-every", "--evaluate-features", "--evaluate-metric", "--help",
      "--json", "--keep", "--log-every", "--minutes", "--quiet", "--sample-every", "--set",
      "--steps",
      "--version",
    ],
    "sample": [
      "--classes", "--codes", "--columns", "--count", "--device", "--domain", "--frames", "--help",
      "--noise", "--output", "--overwrite", "--seed", "--shares", "--step", "--version",
    ],
    "encode": ["--device", "--help", "--output", "--skip-broken", "--step", "--version"],
    "complete": [
      "--device", "--help", "--mask", "--output", "--skip-broken", "--step", "--version",
    ],
    "translate": [
      "--animation", "--attention", "--device", "--direction", "--frames-per-second", "--help",
      "--output", "--seed",
      "--skip-broken", "--step", "--style", "--styles", "--tile", "--version",
    ],
    "enlarge": [
      "--device", "--help", "--output", "--skip-broken", "--step", "--tile", "--version",
    ],
    "export": ["--format", "--help", "--list", "--network", "--output", "--step", "--version"],
    "import": ["--back", "--from", "--help", "--into", "--output", "--set", "--version"],
    "reproduce": [
      "--all", "--full-size", "--help", "--json", "--list", "--output", "--precision", "--record",
      "--steps", "--threads", "--version",
    ],
    "classify": ["--device", "--help", "--json", "--skip-broken", "--step", "--version"],
    "evaluate": [
      "--against", "--cache", "--checksum", "--components", "--count", "--device", "--export",
      "--features", "--help", "--json", "--layer", "--metrics", "--seed", "--split", "--step",
      "--version",
    ],
    "compare": ["--help", "--json", "--output", "--version"],
    "report": ["--help", "--output", "--version"],
    "serve": ["--help", "--host", "--port", "--quiet", "--threads", "--token", "--version"],
    "data": ["--help", "--version"],
    "data list": ["--help", "--json", "--version"],
    "data inspect": [
      "--attribute", "--background", "--bits", "--help", "--json", "--max-pixels", "--version",
    ],
    "data preview": [
      "--attribute", "--background", "--bits", "--count", "--data-b", "--domains", "--fit",
      "--help", "--max-pixels", "--output", "--pairs", "--seed", "--size", "--split", "--version",
    ],
    "data pack": [
      "--background", "--bits", "--channels", "--fit", "--help", "--json", "--max-pixels",
      "--output", "--size", "--skip-broken", "--version",
    ],
    "data mosaic": [
      "--block", "--box", "--classifier", "--count", "--help", "--json", "--output", "--random",
      "--seed", "--share", "--version",
    ],
    "doctor": ["--help", "--json", "--skip-speed", "--version"],
    "analyze": ["--help", "--version"],
    "analyze ablate": [
      "--box", "--boxes", "--class", "--help", "--json", "--layer", "--most", "--output", "--seed",
      "--seeds", "--version",
    ],
    "analyze cam": [
      "--class", "--count", "--help", "--json", "--output", "--seed", "--share", "--version",
    ],
    "analyze attributes": [
      "--attributes", "--count", "--data", "--help", "--json", "--output", "--seed", "--steps",
      "--strength", "--version",
    ],
    "analyze walk": [
      "--between", "--class", "--frames", "--frames-per-second", "--help", "--output", "--rows",
      "--seed", "--through", "--version",
    ],
    "analyze curves": ["--help", "--json", "--output", "--version"],
    "analyze modes": ["--count", "--help", "--json", "--output", "--seed", "--version"],
    "analyze latents": ["--class", "--help", "--json", "--output", "--seeds", "--version"],
    "analyze arithmetic": [
      "--a", "--b", "--c", "--class", "--help", "--json", "--noise", "--output", "--steps",
      "--version",
    ],
    "analyze reconstruct": [
      "--count", "--data", "--help", "--json", "--output", "--rate", "--seed", "--steps",
      "--version",
    ],
    "analyze neighbors": [
      "--count", "--data", "--direction", "--features", "--help", "--json", "--neighbors",
      "--other",
      "--output", "--seed", "--size", "--version",
    ],
    "analyze features": [
      "--data", "--help", "--json", "--labels", "--seed", "--tests", "--version",
    ],
    "analyze codes": [
      "--data", "--help", "--images", "--json", "--output", "--seed", "--sweeps", "--tests",
      "--version",
    ],
    "analyze plane": [
      "--count", "--data", "--help", "--output", "--seed", "--side", "--version",
    ],
    "analyze filters": [
      "--count", "--data", "--help", "--json", "--maps", "--output", "--responses", "--seed",
      "--version",
    ],
  ]

  @Test("The help of a command lists exactly its options", arguments: options.keys.sorted())
  func listsOptions(command: String) throws {
    let scratch = try Scratch()
    let result = try scratch.gan(command.split(separator: " ").map(String.init) + ["--help"])
    #expect(result.status == 0 && result.errors.isEmpty)
    #expect(result.output.contains("EXAMPLES:") && result.output.contains("USAGE: gan"))
    let found = result.output.split(separator: "\n").compactMap { line in
      line.firstMatch(of: /^  (?:-[a-z], )?(--[a-z-]+)/).map { String($0.1) }
    }
    #expect(found.sorted() == Self.options[command])
  }

  @Test("Commands are listed by the root")
  func listsCommands() throws {
    let scratch = try Scratch()
    let output = try scratch.gan("--help").output
    for name in [
      "list", "show", "train", "resume", "sample", "encode", "translate", "complete", "enlarge",
      "classify", "evaluate", "compare", "data", "analyze", "doctor",
    ] {
      #expect(output.contains("\n  \(name) "))
    }
  }

  @Test("--version prints a version")
  func version() throws {
    let scratch = try Scratch()
    let result = try scratch.gan("--version")
    #expect(result.status == 0 && result.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
  }

  @Test("list and show print tables and JSON")
  func listAndShow() throws {
    let scratch = try Scratch()
    let table = try scratch.gan("list").output
    let list = try JSONSerialization.jsonObject(
      with: Data(scratch.gan("list", "--json").output.utf8))
    let systems = try #require(list as? [[String: Any]])
    let lines = table.split(separator: "\n")
    #expect(lines.allSatisfy { $0.count <= 100 })
    let names = lines.filter { $0.hasPrefix("  ") }.compactMap { $0.split(separator: " ").first }
    #expect(
      names.map(String.init).sorted() == systems.compactMap { $0["name"] as? String }.sorted())
    #expect(table.contains("\n\nPictures that are small or have holes\n  ccgan  "))
    #expect(systems.first { $0["name"] as? String == "cgan" }?["needsLabels"] as? Bool == true)
    for name in systems.compactMap({ $0["name"] as? String }) {
      let page = try scratch.gan("show", name).output
      let json = try scratch.gan("show", name, "--json").output
      let card = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any]
      let fields = try #require(card?["fields"] as? [[String: Any]])
      #expect(!fields.isEmpty)
      for field in fields {
        let mark = field["mayChange"] as? Bool == true ? "*" : ""
        #expect(page.contains("\n  \(field["name"] as? String ?? "?")\(mark) "), "\(field)")
      }
    }
  }
}
