import Crypto
import Foundation
import HTTPTypes

/// Who may ask at all.
struct Gate: Sendable {
  private let names: Set<String>
  private let port: Int
  private let digest: SHA256.Digest?

  private static let cookie = "gan_token"

  /// - Parameters:
  ///   - host: the address that the server listens on.
  ///   - token: the secret of all requests; `nil` for none.
  init(host: String, port: Int, token: String?) {
    names = ["localhost", "127.0.0.1", "[::1]", host]
    self.port = port
    digest = token.map { SHA256.hash(data: Data($0.utf8)) }
  }

  /// - Returns: Where to go on without the token in the address, if it was there.
  /// - Throws: ``APIError``.
  func check(_ request: HTTPRequest) throws -> Entry? {
    try checkHost(request)
    try checkSite(request)
    if request.method != .get && request.method != .head { try checkOrigin(request) }
    return try checkToken(request)
  }

  /// A first visit with the token in the address.
  struct Entry {
    let location: String
    let cookie: String
  }

  /// Pages of others must not reach the server under a name of theirs that they point at this machine. With a
  /// token they gain nothing by it, and the server may have any name.
  private func checkHost(_ request: HTTPRequest) throws {
    guard digest == nil else { return }
    let host = request.authority ?? ""
    guard names.contains(where: { host == "\($0):\(port)" || (port == 80 && host == $0) }) else {
      throw APIError(.misdirectedRequest, "the server is not called '\(host.prefix(100))'")
    }
  }

  /// Pages of others must not make the server work, be it for pictures that they show: browsers say who asks. A
  /// link to a page is followed.
  private func checkSite(_ request: HTTPRequest) throws {
    func field(_ name: String) -> String? {
      HTTPField.Name(name).flatMap { request.headerFields[$0] }
    }
    guard let site = field("Sec-Fetch-Site"), site != "same-origin", site != "none" else { return }
    guard request.method == .get, field("Sec-Fetch-Dest") == "document" else {
      throw APIError(.forbidden, "requests from pages of other places are refused")
    }
  }

  /// What older browsers say of it.
  private func checkOrigin(_ request: HTTPRequest) throws {
    guard let origin = request.headerFields[.origin] else { return }
    guard let authority = request.authority,
      origin == "http://\(authority)" || origin == "https://\(authority)"
    else {
      throw APIError(.forbidden, "requests from pages of other places are refused")
    }
  }

  private func checkToken(_ request: HTTPRequest) throws -> Entry? {
    guard digest != nil else { return nil }
    if let header = request.headerFields[.authorization], header.hasPrefix("Bearer "),
      isToken(String(header.dropFirst(7)))
    {
      return nil
    }
    if cookies(request).contains(where: isToken) { return nil }
    if request.method == .get, let entry = entry(request.path ?? "/") { return entry }
    throw APIError(
      .unauthorized,
      "a token is asked for: open the address that gan serve printed, or send it as "
        + "'Authorization: Bearer TOKEN'")
  }

  private func entry(_ path: String) -> Entry? {
    guard var parts = URLComponents(string: path), let items = parts.queryItems,
      let token = items.first(where: { $0.name == "token" })?.value, isToken(token)
    else { return nil }
    let rest = items.filter { $0.name != "token" }
    parts.queryItems = rest.isEmpty ? nil : rest
    // A path that begins with // would be another host's.
    let location = parts.string.map { "/" + $0.drop(while: { $0 == "/" }) } ?? "/"
    return Entry(
      location: location, cookie: "\(Self.cookie)=\(token); HttpOnly; SameSite=Strict; Path=/")
  }

  private func cookies(_ request: HTTPRequest) -> [String] {
    request.headerFields[values: .cookie].flatMap { $0.split(separator: ";") }.compactMap { part in
      let sides = part.trimmingCharacters(in: .whitespaces).split(separator: "=", maxSplits: 1)
      return sides.count == 2 && sides[0] == Self.cookie ? String(sides[1]) : nil
    }
  }

  /// Digests are compared in constant time, so that answers' times say nothing of the token.
  private func isToken(_ text: String) -> Bool {
    guard let digest else { return false }
    return SHA256.hash(data: Data(text.utf8)) == digest
  }
}

/// A secret nobody guesses, 32 letters and digits.
func newToken() -> String {
  let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
  return String((0..<32).map { _ in letters[Int.random(in: 0..<letters.count)] })
}
