import Foundation
import TestSupport
import Testing

/// Peaks of a process of its own, where no other test has grown the heap before.
///
/// Only Linux tells the peak of a single program.
@Suite(
  "The memory of metrics",
  .enabled(if: FileManager.default.fileExists(atPath: "/proc/self/status")))
struct MemoryTests {
  /// Megabytes of `metrics-probe memory`.
  private struct Peak: Decodable {
    let empty: Double
    let before: Double
    let peak: Double
  }

  private func measure(_ metric: String, _ samples: Int, _ features: Int) throws -> Peak {
    let process = Process()
    let probe = try #require(Self.probe, "metrics-probe is not built")
    process.executableURL = probe
    process.arguments = ["memory", metric, "\(samples)", "\(features)"]
    var environment = ProcessInfo.processInfo.environment
    environment["OMP_NUM_THREADS"] = "1"
    process.environment = environment
    let output = Pipe()
    (process.standardOutput, process.standardError) = (output, FileHandle.nullDevice)
    try process.run()
    let data = output.readAll()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return try JSONDecoder().decode(Peak.self, from: data)
  }

  private static var probe: URL? {
    let bundles = Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
    let places =
      [Bundle.main.bundleURL, Bundle.main.executableURL?.deletingLastPathComponent()]
      .compactMap { $0 } + bundles + [URL(fileURLWithPath: ".build/release")]
    return places.map { $0.appendingPathComponent("metrics-probe") }
      .first { FileManager.default.isExecutableFile(atPath: $0.path) }
  }

  /// Two sets of 16,000 x 1024 take 131 MB in float32. Either one whole in float64 takes as much
  /// again, both twice that; blocks take some 16 MB each.
  @Test("is that of blocks, not of sets in float64", arguments: ["kid", "neighbors"])
  func blocks(_ metric: String) throws {
    let peak = try measure(metric, 16_000, 1024)
    #expect(peak.before - peak.empty > 125, "the sets are kept")
    #expect(peak.peak - peak.before < 125, "\(peak)")
  }

  @Test("of precision and recall is that of blocks, too")
  func manifold() throws {
    let peak = try measure("manifold", 5_000, 2048)
    // Both sets in float64, moved and widened, take 330 MB.
    #expect(peak.peak - peak.before < 200, "\(peak)")
  }

  @Test("of the Fréchet distance does not grow with the samples")
  func frechet() throws {
    let (few, many) = (try measure("fid", 1_000, 256), try measure("fid", 64_000, 256))
    // 63,000 more samples of both sets are 129 MB in float32.
    #expect(many.peak - few.peak < 30, "\(few) \(many)")
  }
}
