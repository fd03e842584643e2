import Foundation
import GANData
import GANKit
import GANTraining
import GANZoo
import HTTPTypes
import HummingbirdCore
import SwiftGAN
import Testing

@testable import GANServe

@Suite("Pages and the API")
struct SiteTests {
  @Test("every page and every reading route of a run answers")
  func reading() async throws {
    let scratch = try Scratch()
    try scratch.makeRun("one")
    let site = try scratch.site()
    let kinds: [(String, Answer.Kind)] = [
      ("/", .html), ("/runs/one", .html), ("/runs/one/play", .html),
      ("/differences?a=one&b=one", .html), ("/page/page.css", .css), ("/page/play.js", .script),
      ("/api/runs", .json), ("/api/runs/one", .json), ("/api/runs/one/metrics?points=2", .json),
      ("/api/runs/one/curves", .svg), ("/api/runs/one/sheets/2", .png),
      ("/api/runs/one/abilities", .json), ("/api/runs/one/sample", .png),
      ("/api/openapi.json", .json),
    ]
    for (path, kind) in kinds {
      let answer = await site.answer(request(path))
      #expect(answer.status == .ok && answer.kind == kind && !answer.bytes.isEmpty, "\(path)")
    }
    let runs = try JSONDecoder().decode(
      [RunSummary].self, from: Data(await site.answer(request("/api/runs")).bytes))
    #expect(runs.map(\.name) == ["one"] && runs[0].step == 2 && runs[0].sheets.last == 2)
  }

  @Test(
    "a sample is what the library draws, the same at every call, and changes no file of the run")
  func sample() async throws {
    let scratch = try Scratch()
    let run = try scratch.makeRun("one")
    let site = try scratch.site()
    let before = try contents(of: run.path)
    let answer = await site.answer(request("/api/runs/one/sample?count=4&seed=7"))
    #expect(answer.bytes == (try run.sample(4, seed: 7).sheet.pngData()))
    let again = await site.answer(request("/api/runs/one/sample?count=4&seed=7"))
    #expect(again.bytes == answer.bytes)
    for change in [
      "truncation=0.5", "toward=8", "toward=8&at=1", "dimension=0&by=3", "checkpoint=2&seed=8",
    ] {
      let path =
        "/api/runs/one/sample?count=4&\(change)" + (change.contains("seed") ? "" : "&seed=7")
      let other = await site.answer(request(path))
      #expect(other.status == .ok && other.bytes != answer.bytes, "\(change)")
    }
    #expect(try contents(of: run.path) == before)
  }

  private func contents(of folder: String) throws -> [String: Data] {
    let names = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
    return Dictionary(
      uniqueKeysWithValues: names.map { name in
        (name, FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data())
      })
  }

  @Test("the end of a walk is the sample of the other seed, and no truncation is the sample itself")
  func walk() async throws {
    let scratch = try Scratch()
    try scratch.makeRun("one")
    let site = try scratch.site()
    func bytes(_ query: String) async -> [UInt8] {
      await site.answer(request("/api/runs/one/sample?\(query)")).bytes
    }
    #expect(await bytes("seed=1&toward=2&at=1") == bytes("seed=2"))
    #expect(await bytes("seed=1&truncation=1") == bytes("seed=1"))
    #expect(await bytes("seed=1&truncation=0") == bytes("seed=2&truncation=0"))
  }

  @Test("a code is moved along what a table of the run's images tells")
  func attributes() async throws {
    let scratch = try Scratch()
    let data = "\(scratch.path)/pictures"
    try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
    for index in 0..<8 {
      let level = UInt8(index * 30)
      let picture = DecodedImage(width: 28, height: 28, channels: 1, filledWith: level)
      try Data(picture.pngData()).write(to: URL(fileURLWithPath: "\(data)/\(index).png"))
    }
    let lines = (0..<8).map { "\($0).png \($0 < 4 ? -1 : 1) 1" }
    try Data("8\nBright Plain\n\(lines.joined(separator: "\n"))\n".utf8)
      .write(to: URL(fileURLWithPath: "\(data)/list_attr_celeba.txt"))
    let config = AAE.Config.with {
      ($0.encoderWidths, $0.generatorWidths, $0.discriminatorWidths) = ([16], [16], [16])
    }
    _ = try AAE.train(
      config, on: DataConfiguration(source: data), for: .steps(2), in: "\(scratch.path)/codes"
    ) { $0.batchSize = 4 }
    let site = try scratch.site()
    let abilities = await site.answer(request("/api/runs/codes/abilities"))
    #expect(
      try JSONDecoder().decode(Abilities.self, from: Data(abilities.bytes)).attributes == [
        "Bright", "Plain",
      ])
    let picture = DecodedImage(width: 28, height: 28, channels: 1, filledWith: 9).pngData()
    func moved(_ query: String) async -> Answer {
      let image = ["Content-Type": "image/png"]
      return await site.answer(
        request("/api/runs/codes/reconstruct?\(query)", .post, body: picture, headers: image))
    }
    let (plain, none) = await (moved(""), moved("attribute=Bright&by=0"))
    #expect(plain.status == .ok && plain.bytes == none.bytes)
    let bright = await moved("attribute=Bright&by=9")
    #expect(bright.status == .ok && bright.bytes != plain.bytes)
    // All pictures have it, so that there is no direction from those without it.
    #expect(await moved("attribute=Plain").status.code == 409)
  }

  @Test("what a run cannot do, or does not have, is one line with a fitting status")
  func refusals() async throws {
    let scratch = try Scratch()
    try scratch.makeRun("one")
    let site = try scratch.site()
    let picture = DecodedImage(width: 28, height: 28, channels: 1, filledWith: 9).pngData()
    let image = ["Content-Type": "image/png"]
    let cases: [(Int, String, HTTPRequest.Method, [UInt8], [String: String])] = [
      (404, "/api/runs/two", .get, [], [:]), (404, "/api/nothing", .get, [], [:]),
      (404, "/api/runs/one/sheets/3", .get, [], [:]),
      (404, "/api/runs/one/sheets/two", .get, [], [:]),
      (409, "/api/runs/one/sample?checkpoint=7", .get, [], [:]),
      (409, "/api/runs/one/sample?class=3", .get, [], [:]),
      (409, "/api/runs/one/sample?codes=c1=3", .get, [], [:]),
      (409, "/api/runs/one/sample?dimension=99999", .get, [], [:]),
      (400, "/api/runs/one/sample?count=257", .get, [], [:]),
      (405, "/api/runs/one/sample", .post, [], [:]), (405, "/api/runs", .delete, [], [:]),
      (409, "/api/runs/one/translate", .post, picture, image),
      (409, "/api/runs/one/enlarge", .post, picture, image),
      (409, "/api/runs/one/complete", .post, picture, image),
      (409, "/api/runs/one/classify", .post, picture, image),
      (400, "/api/runs/one/translate", .post, [], image),
      (415, "/api/runs/one/translate", .post, picture, ["Content-Type": "text/plain"]),
      (
        413, "/api/runs/one/translate", .post, picture,
        image.merging(["Content-Length": "99999999"]) { $1 }
      ),
    ]
    for (status, path, method, body, headers) in cases {
      let answer = await site.answer(request(path, method, body: body, headers: headers))
      let error = try JSONDecoder().decode([String: String].self, from: Data(answer.bytes))["error"]
      #expect(answer.status.code == status, "\(method) \(path): \(error ?? "")")
      #expect(error?.isEmpty == false && error?.contains("\n") == false, "\(path)")
    }
    let other = await site.answer(request("/api/runs", .put))
    #expect(other.headers[.allow] == "GET, HEAD")
  }

  @Test("bodies of more than 32 MiB are refused, also without their length")
  func large() async throws {
    let scratch = try Scratch()
    try scratch.makeRun("one")
    let body = [UInt8](repeating: 0, count: Site.mostBytes + 1)
    let answer = await (try scratch.site()).answer(
      request("/api/runs/one/classify", .post, body: body, headers: ["Content-Type": "image/png"]))
    #expect(answer.status == .contentTooLarge)
  }

  @Test("more requests than may wait are refused at once, and told to come again")
  func busy() async throws {
    let scratch = try Scratch()
    let run = try scratch.makeRun("one")
    let networks = Networks(mostWaiting: 0)
    await #expect(throws: Networks.Refusal.self) {
      try await networks.use(run.directory, .newest) { $0.run.step }
    }
    let error = APIError(Networks.Refusal.busy)
    #expect(error.status == .serviceUnavailable && error.headers[.retryAfter] == "1")
  }
}
