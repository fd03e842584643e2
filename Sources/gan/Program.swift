import ArgumentParser
import Foundation
import GANKit
import Torch

/// The process: parses, runs, and turns every failure into one line and an exit status.
@main
enum Program {
  static func main() {
    TorchFailure.withHandler({ Console.fail(OutOfMemory.explained($0)) }) {
      let status = run(Array(CommandLine.arguments.dropFirst()))
      exit(Console.allArrived() ? status : 1)
    }
  }

  private static func run(_ arguments: [String]) -> Int32 {
    do {
      try checkCommandNames(arguments)
      OutOfMemory.limitAllocations(for: arguments)
      var command = try GANCommand.parseAsRoot(arguments)
      if !(command is any SharedCommand), LaunchedProcesses.isSurplus { return 0 }
      try command.run()
      return 0
    } catch let error as ExitCode {
      return error.rawValue
    } catch {
      return report(error)
    }
  }

  /// Prints what an error says and returns the exit status that belongs to it.
  private static func report(_ error: any Error) -> Int32 {
    let code = GANCommand.exitCode(for: error)
    switch code {
    case .success: Console.print(GANCommand.fullMessage(for: error))
    case .validationFailure: Console.complain(GANCommand.message(for: error))
    default: Console.complain(OptionNames.words(of: error))
    }
    return code == .success ? 0 : code == .validationFailure ? code.rawValue : 1
  }

  /// Stops at a misspelt command name, which the parser would call an unexpected argument.
  private static func checkCommandNames(_ arguments: [String]) throws {
    var command: any ParsableCommand.Type = GANCommand.self
    for word in arguments {
      let subcommands = command.configuration.subcommands
      if subcommands.isEmpty || word.hasPrefix("-") || word == "help" { return }
      guard let next = subcommands.first(where: { $0.configuration.commandName == word }) else {
        let names = subcommands.compactMap { $0.configuration.commandName }
        let nearest = nearestName(to: word, among: names).map { "; did you mean '\($0)'?" }
        throw ValidationError(
          "unknown command '\(word)'"
            + (nearest ?? "; expected one of \(names.joined(separator: ", "))"))
      }
      command = next
    }
  }
}

/// A failure in one line.
struct CommandError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
