import Foundation
import GANData
import GANTraining
import HTTPTypes

/// What a request gets.
struct Answer: Sendable {
  /// What a body is.
  enum Kind: String, Sendable {
    case html = "text/html; charset=utf-8"
    case css = "text/css; charset=utf-8"
    case script = "text/javascript; charset=utf-8"
    case json = "application/json"
    case png = "image/png"
    case svg = "image/svg+xml"
  }

  var status = HTTPResponse.Status.ok
  var kind: Kind
  var bytes: [UInt8]
  var headers: [HTTPField.Name: String] = [:]

  static func page(_ html: HTML, _ status: HTTPResponse.Status = .ok) -> Answer {
    Answer(status: status, kind: .html, bytes: Array(html.text.utf8))
  }

  static func png(_ picture: DecodedImage) -> Answer {
    Answer(kind: .png, bytes: picture.pngData())
  }

  /// - Throws: what JSON cannot hold, such as an infinite number.
  static func json(_ value: some Encodable, _ status: HTTPResponse.Status = .ok) throws -> Answer {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Answer(status: status, kind: .json, bytes: [UInt8](try encoder.encode(value)))
  }
}

/// Why a request is refused, for whoever made it.
struct APIError: Error, Equatable, CustomStringConvertible {
  let status: HTTPResponse.Status
  let description: String
  var headers: [HTTPField.Name: String] = [:]

  init(_ status: HTTPResponse.Status, _ description: String) {
    (self.status, self.description) = (status, description)
  }

  /// What an error of the library means to a client.
  init(_ error: any Error) {
    switch error {
    case let error as APIError: self = error
    case Networks.Refusal.busy:
      self.init(.serviceUnavailable, "too many requests are waiting; try again")
      headers[.retryAfter] = "1"
    case is CancellationError: self.init(.serviceUnavailable, "the request took too long")
    case DataError.tooManyPixels: self.init(.contentTooLarge, "\(error)")
    case let error as DataError: self.init(.badRequest, "\(error)")
    // Right in itself, but not for what this run is.
    case let error as RunError: self.init(.conflict, "\(error)")
    default: self.init(.internalServerError, "\(error)")
    }
  }

  /// As JSON for programs.
  var json: Answer { get throws { try .json(["error": description], status) } }
}
