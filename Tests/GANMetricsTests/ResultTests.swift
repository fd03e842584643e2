import Foundation
import GANData
import GANMetrics
import TestSupport
import Testing
import Torch

@Suite("Results")
struct ResultTests {
  private let network = FeatureNetworkInfo(
    name: "digits", checksum: "0123456789abcdef", dimension: 128, preparation: "native size")

  @Test("say in one line what they depend on")
  func line() {
    let result = MetricResult(
      "kid[digits]", 0.0123456, deviation: 0.002,
      convention: MetricConvention(
        samples: 1000, references: 2000, split: "test", network: network,
        settings: ["subsets": "100", "size": "500"]))
    let expected =
      "kid[digits] 0.012346 ± 0.002 (1000 samples, 2000 references of test, digits 01234567, "
      + "native size, size 500, subsets 100)"
    #expect("\(result)" == expected)
  }

  @Test("survive JSON, infinity included", arguments: [1.5, .infinity, -.infinity])
  func coding(_ value: Double) throws {
    let result = MetricResult(
      "psnr", value, deviation: 0, perClass: ["0": .infinity, "1": 2],
      convention: MetricConvention(samples: 3, network: network))
    let data = try JSONEncoder().encode(result)
    #expect(try JSONDecoder().decode(MetricResult.self, from: data) == result)
  }

  @Test("that are no numbers stay none")
  func notANumber() throws {
    let result = MetricResult("x", .nan, convention: MetricConvention(samples: 1))
    let data = try JSONEncoder().encode(result)
    #expect(try JSONDecoder().decode(MetricResult.self, from: data).value.isNaN)
    let broken = Data(#"{"name": "x", "value": "many", "convention": {}}"#.utf8)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(MetricResult.self, from: broken)
    }
  }
}

@Suite("Checksums")
struct ChecksumTests {
  /// FIPS 180-2, appendix B.
  @Test("are those of the standard")
  func vectors() throws {
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    #expect(Checksum.of(Data("abc".utf8)) == digest)
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("abc")
    try Data("abc".utf8).write(to: url)
    #expect(try Checksum.ofFile(url) == digest)
    let error = #expect(throws: DataError.self) {
      try Checksum.ofFile(folder.url.appendingPathComponent("none"))
    }
    expectLine(error, "none")
  }

  @Test("of a data set follow its pictures, labels and preparation")
  func dataSets() throws {
    let first = try PackedImages(Stripes(count: 600), size: 4, fit: .stretch).checksum()
    #expect(first.count == 64)
    #expect(try PackedImages(Stripes(count: 600), size: 4, fit: .stretch).checksum() == first)
    for other in [
      try PackedImages(Stripes(count: 599), size: 4, fit: .stretch),
      try PackedImages(Stripes(count: 600), size: 4, fit: .pad),
      try PackedImages(Stripes(count: 600, shift: 1), size: 4, fit: .stretch),
      try PackedImages(Stripes(count: 600, labelShift: 1), size: 4, fit: .stretch),
    ] { #expect(try other.checksum() != first) }
  }

  @Test("the fixtures are those of their manifest")
  func manifest() throws {
    struct Manifest: Decodable {
      struct Entry: Decodable {
        var sha256: String
        var note: String
      }
      var files: [String: Entry]
    }
    let folder = MetricFixture.folder
    let text = try Data(contentsOf: folder.appendingPathComponent("MANIFEST.json"))
    let manifest = try JSONDecoder().decode(Manifest.self, from: text)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(Set(names) == Set(manifest.files.keys).union(["MANIFEST.json"]))
    for (name, entry) in manifest.files {
      #expect(try Checksum.ofFile(folder.appendingPathComponent(name)) == entry.sha256, "\(name)")
      #expect(!entry.note.isEmpty)
    }
  }
}

/// Grey pictures of 4x4 that differ from each other.
struct Stripes: ImageSource {
  let count: Int
  var shift = 0
  var labelShift = 0
  let classNames = ["even", "odd"]

  func label(at index: Int) -> Int? { (index + labelShift) % 2 }
  func name(at index: Int) -> String { "stripe \(index)" }
  func header(at index: Int) -> ImageHeader {
    ImageHeader(width: 4, height: 4, channels: 1, mode: "L")
  }
  func decoded(at index: Int) -> (image: DecodedImage, header: ImageHeader) {
    let pixels = (0..<16).map { UInt8(truncatingIfNeeded: $0 * (index + 1) + shift) }
    return (DecodedImage(width: 4, height: 4, channels: 1, pixels: pixels), header(at: index))
  }
}
