import Crypto
import Foundation
import GANData

/// SHA-256 of files and data sets, as 64 hexadecimal digits: what names weights and data in every
/// result.
public enum Checksum {
  /// The digest of some bytes.
  public static func of(_ bytes: some DataProtocol) -> String {
    hexadecimal(SHA256.hash(data: bytes))
  }

  /// The digest of a file, read piece by piece.
  ///
  /// - Throws: ``DataError/cannotRead(path:reason:)``.
  public static func ofFile(_ url: URL) throws -> String {
    do {
      let file = try FileHandle(forReadingFrom: url)
      defer { try? file.close() }
      var hash = SHA256()
      while let piece = try file.read(upToCount: 1 << 20), !piece.isEmpty {
        hash.update(data: piece)
      }
      return hexadecimal(hash.finalize())
    } catch {
      throw DataError.cannotRead(path: url.path, reason: error.localizedDescription)
    }
  }

  static func hexadecimal(_ digest: some Sequence<UInt8>) -> String {
    digest.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}

extension LoadedImages {
  /// The SHA-256 of all prepared pictures, their labels and how they were prepared: equal exactly
  /// for sets on which every metric agrees. Reads the whole set once.
  public func checksum() throws -> String {
    var hash = SHA256()
    let (size, fit) = (preparation.size.name, preparation.fit.rawValue)
    let facts = "\(count) \(size) \(preparation.channels) \(fit)"
    hash.update(data: Data(facts.utf8))
    for start in stride(from: 0, to: count, by: 512) {
      let batch = try batch(Array(start..<min(start + 512, count)))
      hash.update(data: batch.pixels)
      for label in batch.labels {
        withUnsafeBytes(of: label.littleEndian) { hash.update(bufferPointer: $0) }
      }
    }
    return Checksum.hexadecimal(hash.finalize())
  }
}
