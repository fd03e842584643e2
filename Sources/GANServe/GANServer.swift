import Foundation
import GANTraining
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore

/// Shows a folder of runs in a browser, lets people play with their networks, and does the same for programs
/// over HTTP.
///
/// It reads the files of runs and changes none, so that it can follow a training that another process is
/// making.
public struct GANServer: Sendable {
  /// Where and for whom.
  public struct Settings: Sendable {
    /// The folder of runs, or one run.
    public var folder: String
    /// The address to listen on. Others than this machine's own ask for a token.
    public var host = "127.0.0.1"
    /// The port; 0 takes any that is free.
    public var port = 8420
    /// Threads of one operation of a network. With one, a training on the same machine keeps its speed: two that
    /// wait for each other on the same cores are many times slower.
    public var threads = 1
    /// The secret that requests must bring; `nil` makes one where the address asks for it.
    public var token: String?

    /// The usual place.
    public init(folder: String) { self.folder = folder }

    /// Whether only this machine reaches the address.
    var isLoopback: Bool { ["127.0.0.1", "::1", "localhost"].contains(host) }
  }

  /// The shortest token that is taken.
  public static let shortestToken = 16

  private let settings: Settings
  private let token: String?
  private let folder: RunFolder

  /// A server that does not run yet.
  ///
  /// - Throws: `RunError` where there is no such folder.
  public init(_ settings: Settings) throws {
    self.settings = settings
    token = settings.token ?? (settings.isLoopback ? nil : newToken())
    folder = try RunFolder(settings.folder)
  }

  /// Serves until the task is cancelled or the process is asked to stop by SIGTERM or SIGINT.
  ///
  /// - Parameters:
  ///   - log: gets one line for each request.
  ///   - ready: gets the address to open, once it can be.
  /// - Throws: `RunError` for an address that cannot be listened on.
  public func run(
    log: @escaping @Sendable (String) -> Void, ready: @escaping @Sendable (String) -> Void
  ) async throws {
    let port = settings.port == 0 ? try freePort(settings.host) : settings.port
    let site = Site(
      services: SiteServices(
        folder: folder, index: RunIndex(), networks: Networks(threads: settings.threads)),
      routes: Self.routes, gate: Gate(host: settings.host, port: port, token: token), log: log)
    var logger = Logger(label: "gan serve") { _ in SwiftLogNoOpLogHandler() }
    logger.logLevel = .critical
    let address = address(port)
    let application = Application(
      responder: site,
      server: .http1(
        configuration: HTTP1Channel.Configuration(
          idleTimeout: .seconds(60),
          httpDecoderConfiguration: .init(
            maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))),
      configuration: ApplicationConfiguration(
        address: .hostname(settings.host, port: port),
        availableConnectionsDelegate: MaximumAvailableConnections(256)),
      onServerRunning: { _ in ready(address) }, logger: logger)
    do {
      try await application.runService()
    } catch let error as IOError {
      let reason = String(cString: strerror(error.errnoCode))
      throw RunError.unsupported("\(settings.host):\(port): \(reason)")
    } catch is SocketAddressError {
      throw RunError.unsupported("\(settings.host): no address of that name")
    }
  }

  static let routes: [Route] = {
    let api = RunRoutes.all + PlayRoutes.all
    return PageRoutes.all + [PageFiles.route] + api + [OpenAPI.route(of: api)]
  }()

  private func address(_ port: Int) -> String {
    let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
    return "http://\(host):\(port)/" + (token.map { "?token=\($0)" } ?? "")
  }
}

/// A port that nobody listens on at the moment.
private func freePort(_ host: String) throws -> Int {
  let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
  defer { close(socket) }
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  let bound = withUnsafeMutablePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
    }
  }
  guard bound else { throw APIError(.serviceUnavailable, "no port is free") }
  return Int(UInt16(bigEndian: address.sin_port))
}
