import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// Answers requests: lets in or not, finds the route, reads the body, and says everything in one line of the
/// log.
struct Site: HTTPResponder {
  typealias Context = BasicRequestContext

  let services: SiteServices
  let routes: [Route]
  let gate: Gate
  let log: @Sendable (String) -> Void

  /// Bodies with more bytes are refused.
  static let mostBytes = 32 << 20
  /// So long a body may take to arrive.
  private static let patience = Duration.seconds(30)

  func respond(to request: Request, context: Context) async throws -> Response {
    let begun = ContinuousClock.now
    let answer = await answer(request)
    let took = ContinuousClock.now - begun
    let path = Substring(request.head.path ?? "/").prefix { $0 != "?" }.prefix(200)
    log(
      "\(request.method.rawValue) \(path) \(answer.status.code) \(Int(took / .milliseconds(1))) ms")
    return response(answer, isHead: request.method == .head)
  }

  /// What a request gets, as it is before the headers of all answers.
  func answer(_ request: Request) async -> Answer {
    do {
      if let entry = try gate.check(request.head) {
        return Answer(
          status: .seeOther, kind: .html, bytes: [],
          headers: [.location: entry.location, .setCookie: entry.cookie])
      }
      return try await routed(request)
    } catch {
      return refusal(APIError(error), of: request)
    }
  }

  private func routed(_ request: Request) async throws -> Answer {
    let components = try Self.components(request.head.path ?? "/")
    let found = routes.compactMap { route in route.match(components).map { (route, $0) } }
    guard !found.isEmpty else { throw APIError(.notFound, "there is nothing at this address") }
    let method = request.method == .head ? .get : request.method
    guard let (route, path) = found.first(where: { $0.0.method == method }) else {
      var error = APIError(
        .methodNotAllowed, "this address does not take \(request.method.rawValue)")
      error.headers[.allow] = allowed(found.map(\.0.method))
      throw error
    }
    let query = (request.head.path ?? "").split(separator: "?", maxSplits: 1).dropFirst().first
    let values = try Values(path: path, query: query.map(String.init), of: route.parameters)
    let body = route.body == .none ? [] : try await Self.body(of: request, types: route.body.types)
    return try await route.handle(Call(site: services, values: values, body: body))
  }

  private func allowed(_ methods: [HTTPRequest.Method]) -> String {
    (methods + (methods.contains(.get) ? [.head] : [])).map(\.rawValue).joined(separator: ", ")
  }

  /// The parts of a path, decoded.
  ///
  /// - Throws: ``APIError`` for a path that is no percent-encoded UTF-8.
  private static func components(_ path: String) throws -> [String] {
    try path.prefix { $0 != "?" && $0 != "#" }.split(separator: "/").map { part in
      guard let text = String(part).removingPercentEncoding else {
        throw APIError(.notFound, "the path is no percent-encoded UTF-8")
      }
      return text
    }
  }

  private static func body(of request: Request, types: [String]) async throws -> [UInt8] {
    if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > mostBytes {
      throw tooLarge
    }
    let type = request.headers[.contentType] ?? ""
    guard types.contains(where: type.hasPrefix) else {
      throw APIError(
        .unsupportedMediaType,
        "expected an image file as the body with its type, such as \(types[0]), found '\(type)'")
    }
    let bytes = try await withThrowingTaskGroup(of: [UInt8].self) { group in
      group.addTask { try await collected(request.body) }
      group.addTask {
        try await Task.sleep(for: patience)
        throw APIError(.requestTimeout, "the body did not arrive in \(patience)")
      }
      defer { group.cancelAll() }
      return try await group.next() ?? []
    }
    guard !bytes.isEmpty else { throw APIError(.badRequest, "the body is empty") }
    return bytes
  }

  private static func collected(_ body: RequestBody) async throws -> [UInt8] {
    var bytes: [UInt8] = []
    for try await part in body {
      guard bytes.count + part.readableBytes <= mostBytes else { throw tooLarge }
      bytes += part.readableBytesView
    }
    return bytes
  }

  private static let tooLarge = APIError(
    .contentTooLarge, "expected a body of at most \(mostBytes >> 20) MiB")

  // MARK: - Answers

  /// For programs JSON, for people a page.
  private func refusal(_ error: APIError, of request: Request) -> Answer {
    let isProgram = request.head.path?.hasPrefix("/api") == true
    let fallback = Answer.page(ErrorPage(error).html, error.status)
    var answer = isProgram ? (try? error.json) ?? fallback : fallback
    answer.headers.merge(error.headers) { $1 }
    return answer
  }

  private func response(_ answer: Answer, isHead: Bool) -> Response {
    var fields = HTTPFields()
    for (name, value) in Self.safety { fields[name] = value }
    for (name, value) in answer.headers { fields[name] = value }
    fields[.contentType] = answer.kind.rawValue
    fields[.contentLength] = "\(answer.bytes.count)"
    let body: ResponseBody =
      isHead
      ? ResponseBody(contentLength: answer.bytes.count) { try await $0.finish(nil) }
      : ResponseBody(byteBuffer: ByteBuffer(bytes: answer.bytes))
    return Response(status: answer.status, headers: fields, body: body)
  }

  /// Nothing from elsewhere, nothing in frames of others, nothing kept.
  private static let safety: [(HTTPField.Name, String)] =
    [
      (.cacheControl, "no-store"),
      (.xContentTypeOptions, "nosniff"),
      (
        .contentSecurityPolicy,
        "default-src 'none'; script-src 'self'; style-src 'self'; "
          + "img-src 'self' blob: data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
          + "frame-ancestors 'none'"
      ),
    ]
    + [
      ("Referrer-Policy", "no-referrer"), ("Cross-Origin-Resource-Policy", "same-origin"),
    ].compactMap { name, value in HTTPField.Name(name).map { ($0, value) } }
}
