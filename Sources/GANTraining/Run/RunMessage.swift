import Foundation
import GANData

/// What was to be known of a run's training beside its numbers: a line of `messages.jsonl`.
public struct RunMessage: Codable, Sendable, Equatable {
  /// How bad it is.
  public enum Kind: String, Codable, Sendable {
    /// Training went on, such as after a warning of collapse.
    case remark
    /// Training ended there.
    case failure
  }

  /// Steps made.
  public let step: Int
  /// How bad it is.
  public let kind: Kind
  /// One line.
  public let text: String
  /// When it was written.
  public let time: Date

  /// A message of now.
  init(_ kind: Kind, _ text: String, at step: Int) {
    (self.kind, self.text, self.step, time) = (kind, text, step, Date())
  }
}

extension RunDirectory {
  private var messagesURL: URL { url.appendingPathComponent("messages.jsonl") }

  /// Adds a message. Where it cannot be written it is left out: training is told the same by other ways.
  func note(_ message: RunMessage) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    guard let line = try? encoder.encode(message) else { return }
    let descriptor = open(messagesURL.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { return }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    try? file.write(contentsOf: line + Data("\n".utf8))
  }

  /// All messages, oldest first; a line that is none is passed over.
  public func messages() -> [RunMessage] {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    let data = (try? Data(contentsOf: messagesURL)) ?? Data()
    return data.split(separator: UInt8(ascii: "\n"))
      .compactMap { try? decoder.decode(RunMessage.self, from: $0) }
  }
}
