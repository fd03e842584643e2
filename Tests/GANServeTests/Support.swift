import Foundation
import GANTraining
import GANZoo
import HTTPTypes
import HummingbirdCore
import NIOCore
import SwiftGAN

@testable import GANServe

/// A folder that goes with the test.
final class Scratch {
  let path = FileManager.default.temporaryDirectory
    .appendingPathComponent("gan-serve-\(UUID().uuidString)").path

  init() throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// A finished run of two steps, which is trained once for all tests.
  @discardableResult
  func makeRun(_ name: String = "one") throws -> Run {
    try FileManager.default.copyItem(atPath: Self.trained.get(), toPath: "\(path)/\(name)")
    return try Run.open("\(path)/\(name)")
  }

  private static let trained = Result {
    let config = GAN.Config.with { ($0.generatorWidths, $0.discriminatorWidths) = ([8], [8]) }
    _ = try GAN.train(config, on: .mnist, for: .steps(2), in: trainedPath)
    atexit { try? FileManager.default.removeItem(atPath: Scratch.trainedPath) }
    return trainedPath
  }

  private static let trainedPath = FileManager.default.temporaryDirectory
    .appendingPathComponent("gan-serve-\(ProcessInfo.processInfo.processIdentifier)").path

  func site(token: String? = nil) throws -> Site {
    Site(
      services: SiteServices(
        folder: try RunFolder(path), index: RunIndex(), networks: Networks()),
      routes: GANServer.routes, gate: Gate(host: "127.0.0.1", port: 80, token: token), log: { _ in }
    )
  }
}

/// A request as a browser on this machine makes it.
func request(
  _ path: String, _ method: HTTPRequest.Method = .get, body: [UInt8] = [],
  headers: [String: String] = [:], host: String = "localhost"
) -> Request {
  var fields = HTTPFields()
  for (name, value) in headers { HTTPField.Name(name).map { fields[$0] = value } }
  let head = HTTPRequest(
    method: method, scheme: "http", authority: host, path: path, headerFields: fields)
  return Request(head: head, body: RequestBody(buffer: ByteBuffer(bytes: body)))
}

extension Answer {
  var text: String { String(decoding: bytes, as: UTF8.self) }
}
