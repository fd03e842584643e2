import Foundation
import GANData
import Testing

@Suite("Runs that draw points")
struct PointRunTests {
  private func results(_ text: String) throws -> [String: [String: Any]] {
    let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
    let list = try #require(object?["results"] as? [[String: Any]])
    return Dictionary(uniqueKeysWithValues: list.map { ($0["name"] as? String ?? "?", $0) })
  }

  private func makePointRun(_ line: String, in scratch: Scratch) throws {
    let trained = try scratch.gan(
      ["train"] + line.split(separator: " ").map(String.init)
        + ["--steps", "2", "--batch-size", "8", "--threads", "1", "--quiet", "--output", "run"])
    #expect(trained.status == 0, "\(trained)")
  }

  @Test(
    "A run that draws points is measured by divergences, beside a mixture of Gaussians",
    arguments: [
      "gan --data ring", "gan --data cosine", "wgan-gp --preset toy --data density.csv",
    ])
  func points(line: String) throws {
    let scratch = try Scratch()
    try Data("x,density\n10,0\n20,1\n30,1\n31,0\n".utf8).write(to: scratch.path("density.csv"))
    try makePointRun(line, in: scratch)
    #expect(scratch.names("run/samples").contains("000002.png"))
    let text = try scratch.gan("evaluate", "run", "--count", "500", "--components", "3")
    #expect(text.status == 0 && text.output.contains("\nmixture/reverse-kl "), "\(text)")
    #expect(text.output.contains("components 3") && text.output.contains("smoothing 0.5"))
    let found = try results(
      scratch.gan("evaluate", "run", "--count", "500", "--components", "3", "--json").output)
    for name in ["kl", "reverse-kl", "total-variation"] {
      let own = try #require(found[name]?["value"] as? Double)
      let mixture = try #require(found["mixture/\(name)"]?["value"] as? Double)
      #expect(own > mixture && mixture > 0, "two steps teach less than EM: \(name)")
      #expect(found[name]?["better"] as? String == "smaller")
      let convention = found[name]?["convention"] as? [String: Any]
      #expect(convention?["samples"] as? Int == 500)
      #expect(convention?["references"] as? Int == (line.contains("ring") ? 100_000 : nil))
    }
    #expect(try scratch.jsonLines("run/evaluation.jsonl").count == 2)
    for (option, value) in [("--against", "mnist"), ("--metrics", "fid"), ("--components", "0")] {
      #expect(try scratch.gan("evaluate", "run", option, value).failed(naming: [option]))
    }
  }

  @Test("A density that is lost is named; a run of images has no components")
  func lostDensity() throws {
    let scratch = try Scratch()
    try Data("0,1\n1,1\n".utf8).write(to: scratch.path("flat.csv"))
    try makePointRun("gan --data flat.csv", in: scratch)
    #expect(try scratch.gan("sample", "run", "--count", "6", "--output", "p.npy").status == 0)
    let points = try NPYFile(readingFrom: scratch.path("p.npy").path)
    #expect(points.shape == [6, 1] && points.floats.allSatisfy { (-0.5...1.5).contains($0) })
    #expect(try scratch.gan("sample", "run", "--output", "p.png").status == 0)
    try FileManager.default.removeItem(at: scratch.path("flat.csv"))
    #expect(try scratch.gan("evaluate", "run").failed(naming: ["flat.csv", "cannot be read"]))
    try scratch.makeRun(.gan, "images")
    #expect(
      try scratch.gan("evaluate", "images", "--components", "2").failed(naming: ["--components"]))
  }
}
