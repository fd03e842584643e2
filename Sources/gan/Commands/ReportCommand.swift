import ArgumentParser
import GANData
import GANServe
import GANTraining
import SwiftGAN

/// `gan report`
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Put runs into one page in one file.",
    discussion: """
      Where each run stands, its samples over time, curves, evaluations and configuration, in one \
      HTML file that needs nothing else: to be mailed or kept. Several runs are compared as well.

      EXAMPLES:
        gan report runs/dcgan-1 --output report.html
        gan report runs/* --output all.html
      """)

  @Argument(help: ArgumentHelp("The run directories.", valueName: "run"))
  var paths: [String]

  @Option(name: .shortAndLong, help: ArgumentHelp("Where to.", valueName: "FILE.html"))
  var output: String

  func run() throws {
    try checkField("run", paths.count, 1...32)
    guard output.lowercased().hasSuffix(".html") else {
      throw RunError.field("output", found: "'\(output)'", expected: "FILE.html")
    }
    try makeParentFolders(of: output)
    try AtomicFile.write(RunReport(paths).html(), to: output)
  }
}
