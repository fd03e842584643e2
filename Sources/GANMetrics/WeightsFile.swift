import Foundation
import GANData
import Torch

/// A safetensors file of weights, read once, with the checksum by which results name it.
public struct WeightsFile {
  /// Where it was read from.
  public let url: URL
  /// Its SHA-256.
  public let checksum: String
  /// The tensors by their keys.
  let tensors: [String: Tensor]
  /// What its maker calls the network, such as `cifar10-classifier`.
  let networkName: String?

  /// The key under which files say what their network is called.
  public static let networkNameKey = "network"

  /// Reads a file.
  ///
  /// - Parameter expected: The SHA-256 that the file must have; without one, the first word of
  ///   `FILE.sha256` beside it, as `sha256sum FILE > FILE.sha256` writes it, where there is one.
  /// - Throws: ``WeightsError``; `SafetensorsError` or `DataError` for a file that cannot be read.
  public init(_ url: URL, checksum expected: String? = nil) throws {
    let found = try Checksum.ofFile(url)
    if let known = try expected.map({ Known($0, by: "the one asked for") }) ?? Known(beside: url),
      known.digest.lowercased() != found
    {
      throw WeightsError.checksum(
        path: url.path, found: found, expected: known.digest, by: known.origin)
    }
    let file = try SafetensorsFile(readingFrom: url)
    (self.url, checksum, tensors) = (url, found, file.tensors)
    networkName = file.metadata[Self.networkNameKey]
  }

  /// A checksum and who says so.
  private struct Known {
    let digest: String
    let origin: String

    init(_ digest: String, by origin: String) { (self.digest, self.origin) = (digest, origin) }

    init?(beside url: URL) throws {
      let path = url.path + ".sha256"
      guard FileManager.default.fileExists(atPath: path) else { return nil }
      let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
      let word = text.prefix { !$0.isWhitespace }
      guard word.count == 64, word.allSatisfy(\.isHexDigit) else {
        throw DataError.mismatch(
          path: path, problem: "not a SHA-256", expected: "64 hexadecimal digits first",
          found: "'\(text.prefix(20).prefix { !$0.isNewline })'")
      }
      self.init(String(word), by: "that in \(path)")
    }
  }

  /// The shape of a tensor that tells how large the network is.
  ///
  /// - Throws: ``WeightsError`` when it is missing or has another number of axes.
  func shape(of key: String, rank: Int) throws -> [Int] {
    guard let tensor = tensors[key] else {
      throw WeightsError.missing(path: url.path, key: key)
    }
    guard tensor.rank == rank, tensor.count > 0 else {
      throw WeightsError.shape(
        path: url.path, key: key, found: tensor.shape, expected: "\(rank) axes, none empty")
    }
    return tensor.shape
  }
}
