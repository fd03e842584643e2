import ArgumentParser
import Foundation
import GANServe
import GANTraining

/// `gan serve`
struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Show runs in a browser and play with their networks.",
    discussion: """
      A page of all runs in the folder: where each stands, its curves, its samples over time under a \
      slider, evaluations, configuration, what differs between two. It follows trainings of other \
      processes without touching them. In the playground of a run its networks draw, translate, \
      enlarge, complete, encode or classify, whatever they can. /api/openapi.json describes the same \
      for programs.

      Only this machine can reach it. With another --host a token is asked for, which is part of the \
      address that is printed.

      EXAMPLES:
        gan serve
        gan serve runs/dcgan-1 --port 9000
        gan serve experiments --host 0.0.0.0
      """)

  @Argument(help: ArgumentHelp("A folder of runs, or one run.", valueName: "folder"))
  var folder = "runs"

  @Option(help: "The port; 0 takes any that is free.")
  var port = 8420

  @Option(help: "The address to listen on.")
  var host = "127.0.0.1"

  @Option(
    help: ArgumentHelp(
      "The secret that requests must bring, at least \(GANServer.shortestToken) characters (default: one is made where "
        + "others than this machine can reach the address).", valueName: "text"))
  var token: String?

  @Option(
    help: ArgumentHelp(
      "Threads of one operation of a network; with one, a training on the same machine keeps its speed."
    ))
  var threads = 1

  @Flag(help: "Print no line for each request.")
  var quiet = false

  func run() throws {
    try checkField("port", port, 0...65_535)
    try checkField("threads", threads, 1...256)
    if let token, token.count < GANServer.shortestToken {
      throw RunError.field(
        "token", found: "\(token.count) characters",
        expected: "at least \(GANServer.shortestToken)")
    }
    var settings = GANServer.Settings(folder: folder)
    (settings.host, settings.port, settings.token) = (host, port, token)
    settings.threads = threads
    try Serving(GANServer(settings), isQuiet: quiet).untilStopped()
  }
}

/// A server and the process around it.
private struct Serving {
  private let server: GANServer
  private let isQuiet: Bool

  init(_ server: GANServer, isQuiet: Bool) { (self.server, self.isQuiet) = (server, isQuiet) }

  /// Serves on other threads until a signal comes; then what is being computed has a moment to end.
  func untilStopped() throws {
    let stops = [SIGTERM, SIGINT].map { number in
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler {
        DispatchQueue.global().asyncAfter(deadline: .now() + 0.7) { _exit(0) }
      }
      source.resume()
      return source
    }
    defer { stops.forEach { $0.cancel() } }
    let ended = DispatchSemaphore(value: 0)
    let (server, isQuiet) = (server, isQuiet)
    // Not detached: it keeps the handler that ends the process with one line where LibTorch fails.
    Task {
      do {
        try await server.run(
          log: { if !isQuiet { Console.printNow(Console.oneLine($0) + "\n") } },
          ready: { Console.print("open \($0)  (Ctrl-C ends it)") })
      } catch {
        Console.fail("serve: \(error)")
      }
      ended.signal()
    }
    ended.wait()
  }
}
