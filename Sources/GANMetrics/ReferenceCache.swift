import Foundation
import GANData
import Torch

/// What the features of a reference set depend on.
public struct ReferenceKey: Sendable, Hashable, Codable {
  /// The SHA-256 of the prepared pictures, as `LoadedImages.checksum()` gives it.
  public var data: String
  /// The network, with its weights' checksum and its preparation.
  public var network: FeatureNetworkInfo
  /// How many of the pictures were used.
  public var count: Int
  /// Whether the features themselves are kept.
  public var keepingFeatures: Bool

  /// A key.
  public init(data: String, network: FeatureNetworkInfo, count: Int, keepingFeatures: Bool) {
    (self.data, self.network) = (data, network)
    (self.count, self.keepingFeatures) = (count, keepingFeatures)
  }

  /// The same text for the same key, whoever writes it.
  fileprivate func canonical() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}

/// Features of reference sets on the disk, one file for each ``ReferenceKey``.
///
/// The content decides the name, so a changed set or other weights never meet an old file. Files
/// appear whole or not at all; one that has been damaged since is computed anew.
public struct ReferenceCache: Sendable {
  /// Counts changes of what is stored and how: files of another format are not looked at.
  private static let format = 3

  /// The folder of the files, made when the first one is written.
  public let folder: URL

  /// A cache in `folder`.
  public init(folder: URL) { self.folder = folder }

  /// The stored features for `key`, or those that `compute` finds, which are stored then.
  ///
  /// - Returns: The features, and one line for the user where a file was damaged or could not be
  ///   written: neither keeps a value from being computed.
  /// - Throws: What `compute` throws.
  public func features(
    for key: ReferenceKey, compute: () throws -> FeatureSet
  ) throws -> (set: FeatureSet, note: String?) {
    let text = try key.canonical()
    let name = Checksum.of(Data("\(text) \(Self.format)".utf8))
    let url = folder.appendingPathComponent("\(name).safetensors")
    var note: String?
    if FileManager.default.fileExists(atPath: url.path) {
      do {
        return (try stored(at: url, key: key, text: text), nil)
      } catch {
        note = "\(url.path): damaged reference features are computed anew: \(error)"
      }
    }
    let set = try compute()
    do {
      try store(set, at: url, text: text)
    } catch {
      note = "reference features are not kept: \(error)"
    }
    return (set, note)
  }

  /// The features of a data set, from the disk where they are stored.
  ///
  /// - Returns: As ``features(for:compute:)``.
  /// - Throws: As `FeatureSet.init(of:using:batchSize:limit:keepingFeatures:progress:)`.
  public func features(
    of images: any LoadedImages, using extractor: some FeatureExtractor, batchSize: Int = 64,
    limit: Int? = nil, keepingFeatures: Bool = true, progress: (Int) -> Void = { _ in }
  ) throws -> (set: FeatureSet, note: String?) {
    let key = ReferenceKey(
      data: try images.checksum(), network: extractor.info,
      count: min(images.count, limit ?? images.count), keepingFeatures: keepingFeatures)
    return try features(for: key) {
      try FeatureSet(
        of: images, using: extractor, batchSize: batchSize, limit: limit,
        keepingFeatures: keepingFeatures, progress: progress)
    }
  }

  private func stored(at url: URL, key: ReferenceKey, text: String) throws -> FeatureSet {
    let file = try SafetensorsFile(readingFrom: url)
    guard file.metadata["key"] == text, file.metadata["digest"] == digest(file.tensors) else {
      throw DataError.malformed(path: url.path, problem: "the contents are not what was written")
    }
    return try FeatureSet(
      tensors: file.tensors, network: key.network, keepingFeatures: key.keepingFeatures)
  }

  private func store(_ set: FeatureSet, at url: URL, text: String) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let tensors = set.tensors
    let file = SafetensorsFile(
      tensors: tensors, metadata: ["key": text, "digest": digest(tensors)])
    try AtomicFile.write(to: url.path) { try file.forEachPiece($0) }
  }

  /// Finds single flipped bits, which the format cannot.
  private func digest(_ tensors: [String: Tensor]) -> String {
    let parts = tensors.sorted { $0.key < $1.key }.map { key, tensor in
      "\(key) \(tensor.shape) \(Checksum.of(tensor.rawBytes))"
    }
    return Checksum.of(Data(parts.joined(separator: "\n").utf8))
  }
}
