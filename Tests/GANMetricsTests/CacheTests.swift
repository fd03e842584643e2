import Foundation
import GANData
import GANMetrics
import TestSupport
import Testing
import Torch

@Suite("Cached references", .reproducible)
struct CacheTests {
  private let folder: TemporaryFolder
  private let cache: ReferenceCache

  init() throws {
    folder = try TemporaryFolder()
    cache = ReferenceCache(folder: folder.url.appendingPathComponent("new/folder"))
  }

  private func key(_ data: String = "d", keepingFeatures: Bool = true) -> ReferenceKey {
    ReferenceKey(data: data, network: plainNetwork, count: 6, keepingFeatures: keepingFeatures)
  }

  private func computed(keepingFeatures: Bool = true) throws -> FeatureSet {
    try featureSet(
      .randn([6, 4]), logits: .randn([6, 3]), labels: [0, 1, 2, 0, 1, 2],
      keepingFeatures: keepingFeatures)
  }

  private struct Unwanted: Error {}

  private func files() throws -> [URL] {
    try FileManager.default.contentsOfDirectory(at: cache.folder, includingPropertiesForKeys: nil)
  }

  @Test("are computed once", arguments: [true, false])
  func once(_ keepingFeatures: Bool) throws {
    let key = key(keepingFeatures: keepingFeatures)
    let first = try cache.features(for: key) { try computed(keepingFeatures: keepingFeatures) }
    let second = try cache.features(for: key) { throw Unwanted() }
    #expect(first.note == nil && second.note == nil)
    #expect(second.set.count == 6 && second.set.labels == [0, 1, 2, 0, 1, 2])
    expectEqual(second.set.statistics.mean, first.set.statistics.mean)
    expectClose(
      second.set.statistics.covariance, first.set.statistics.covariance, relative: 1e-14)
    #expect((second.set.features == nil) == !keepingFeatures)
    if let a = first.set.features, let b = second.set.features { expectEqual(a, b) }
    #expect(second.set.logits?.shape == first.set.logits?.shape)
    #expect(try files().count == 1, "no temporary file stays")
  }

  @Test("of a data set follow its content")
  func dataSets() throws {
    let extractor = DigitsFeatures(DigitsClassifier(), checksum: "random")
    func passes(_ images: PackedImages) throws -> Int {
      var passes = 0
      _ = try cache.features(of: images, using: extractor) { _ in passes += 1 }
      return passes
    }
    let images = try PackedImages(Stripes(count: 10), size: 4, fit: .stretch)
    #expect(try passes(images) == 1)
    #expect(try passes(images) == 0)
    #expect(try passes(try PackedImages(Stripes(count: 10, shift: 1), size: 4, fit: .stretch)) == 1)
  }

  @Test("of other data, weights, preparation or counts are others")
  func keys() throws {
    _ = try cache.features(for: key()) { try computed() }
    var others = [key("e"), key(keepingFeatures: false), key(), key(), key()]
    others[2].network.checksum = "other"
    others[3].network.preparation = "other"
    others[4].count = 5
    for other in others {
      #expect(throws: Unwanted.self) { try cache.features(for: other) { throw Unwanted() } }
    }
  }

  @Test("that are damaged are computed anew, with a note")
  func damage() throws {
    let original = try cache.features(for: key()) { try computed() }.set
    let url = try #require(try files().first)
    let whole = try Data(contentsOf: url)
    var flipped = whole
    flipped[whole.count - 3] ^= 1
    let damaged = [flipped, Data(whole.prefix(whole.count - 1)), Data(), Data("{}".utf8)]
    for bytes in damaged {
      try bytes.write(to: url)
      let (set, note) = try cache.features(for: key()) { original }
      #expect(set.count == 6)
      let line = try #require(note)
      #expect(line.contains("computed anew") && line.contains(url.lastPathComponent))
      #expect(!line.contains("\n"))
      // The new file is good again.
      #expect(try cache.features(for: key()) { throw Unwanted() }.note == nil)
    }
  }

  @Test("that cannot be written are computed all the same")
  func unwritable() throws {
    let blocked = folder.url.appendingPathComponent("file")
    try Data().write(to: blocked)
    let cache = ReferenceCache(folder: blocked)
    let (set, note) = try cache.features(for: key()) { try computed() }
    #expect(set.count == 6)
    #expect(note?.contains("not kept") == true)
  }
}
