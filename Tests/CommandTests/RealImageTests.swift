import Foundation
import Testing

/// Analyses of real sets, where the person running the tests has them.
@Suite("Real images")
struct RealImageTests {
  private static func set(_ name: String, test: String = #function) -> String? {
    guard let root = ProcessInfo.processInfo.environment["SWIFTGAN_DATA"] else {
      print("SKIPPED \(test): SWIFTGAN_DATA does not name a folder with \(name)")
      return nil
    }
    return "\(root)/\(name)"
  }

  private static func numbers(_ scratch: Scratch, _ arguments: [String]) throws -> [String: Any] {
    let result = try scratch.gan(arguments + ["--json"])
    #expect(result.status == 0, "\(result)")
    let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
    return try #require(json as? [String: Any])
  }

  @Test("A short training on CIFAR-10 makes features that tell more than pixels do")
  func features() throws {
    guard let data = Self.set("cifar10.tar") else { return }
    let scratch = try Scratch()
    try scratch.gan(
      "train", "dcgan", "--data", data, "--steps", "150", "--threads", "1", "--quiet", "--set",
      "generatorWidth=32", "--set", "discriminatorWidth=32", "--output", "run")
    let found = try Self.numbers(
      scratch, ["analyze", "features", "run", "--labels", "1000", "--tests", "2000"])
    func accuracy(_ name: String) -> Double {
      (found[name] as? [String: Any])?["accuracy"] as? Double ?? 0
    }
    #expect(accuracy("pixels") > 0.2 && accuracy("discriminator") > accuracy("pixels") + 0.03)
  }

  @Test("By features of digits, a digit's neighbours in the other set are mostly the same digit")
  func neighbors() throws {
    guard let usps = Self.set("usps") else { return }
    let found = try Self.numbers(
      try Scratch(),
      ["analyze", "neighbors", "mnist:test", "--other", usps, "--features", "digits"])
    #expect((found["sameClass"] as? Double ?? 0) > 0.9)
  }
}
