import Foundation
import Testing

@Suite("Completions and manual pages")
struct CompletionTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// What a shell says; its status is the last line.
  private func shell(_ scratch: Scratch, _ lines: String) throws -> CommandResult {
    try CommandProcess([], in: scratch.url, shell: lines).wait()
  }

  @Test("Scripts for shells know every command", arguments: ["bash", "zsh", "fish"])
  func scripts(shell name: String) throws {
    let scratch = try Scratch()
    let result = try scratch.gan("--generate-completion-script", name)
    #expect(result.status == 0 && result.errors.isEmpty)
    for words in HelpTests.options.keys {
      for word in words.split(separator: " ") { #expect(result.output.contains(word), "\(words)") }
    }
    #expect(result.output.contains("cyclegan"))
  }

  @Test("bash completes a system's name")
  func bash() throws {
    let scratch = try Scratch()
    let result = try shell(
      scratch,
      """
      "$0" --generate-completion-script bash > gan.bash
      bash -c '
        source ./gan.bash
        COMP_WORDS=(gan train cyc) COMP_CWORD=2 COMP_LINE="gan train cyc" COMP_POINT=13
        _gan gan cyc train
        echo "${COMPREPLY[@]}"'
      """)
    #expect(result.output == "cyclegan\n" && result.errors.isEmpty, "\(result)")
  }

  @Test("Every command has a page with all its options and its examples as they stand")
  func manual() throws {
    let scratch = try Scratch()
    let script = Self.root.appendingPathComponent("Scripts/make_manual.py").path
    let result = try shell(
      scratch, "\"$0\" --experimental-dump-help | python3 '\(script)' man 1.2.3")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    let names = HelpTests.options.keys.map { key in
      (["gan"] + key.split(separator: " ").map(String.init)).joined(separator: "-")
    }
    #expect(scratch.names("man") == names.map { "\($0).1" }.sorted())
    for (key, name) in zip(HelpTests.options.keys, names) {
      let page = try String(decoding: scratch.data("man/\(name).1"), as: UTF8.self)
      let plain = page.replacing("\\-", with: "-")
      for option in HelpTests.options[key] ?? [] where !key.isEmpty {
        #expect(plain.contains("\\fB\(option)\\fR"), "\(name): \(option)")
      }
      #expect(
        plain.contains("SwiftGAN 1.2.3") && plain.contains(".SH EXAMPLES\n.nf\ngan "), "\(name)")
    }
    let walk = try String(decoding: scratch.data("man/gan-analyze-walk.1"), as: UTF8.self)
    #expect(walk.contains("\ngan analyze walk runs/dcgan\\-1 \\-\\-output walk.png\n"))
  }
}
