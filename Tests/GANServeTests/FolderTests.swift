import Foundation
import GANTraining
import HTTPTypes
import HummingbirdCore
import SwiftGAN
import Testing

@testable import GANServe

@Suite("The folder of runs")
struct FolderTests {
  private func link(_ path: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
  }

  @Test("runs are found by name, newest first; other folders and hidden ones are none")
  func names() throws {
    let scratch = try Scratch()
    try scratch.makeRun("a run")
    try scratch.makeRun("another")
    try scratch.makeRun(".hidden")
    try FileManager.default.createDirectory(
      atPath: "\(scratch.path)/empty", withIntermediateDirectories: true)
    let folder = try RunFolder(scratch.path)
    #expect(folder.runs().map(\.name) == ["another", "a run"])
    #expect(try folder.run("a run").directory.configuration().recipe == "gan")
    let single = try RunFolder("\(scratch.path)/a run")
    #expect(single.runs().map(\.name) == ["a run"])
    #expect(throws: RunError.self) { try RunFolder("\(scratch.path)/none") }
  }

  @Test("what links lead to outside of the folder is not there")
  func links() throws {
    let (scratch, other) = (try Scratch(), try Scratch())
    try scratch.makeRun("own")
    try other.makeRun("secret")
    try link("\(scratch.path)/outside", to: "\(other.path)/secret")
    try link("\(scratch.path)/inside", to: "own")
    let folder = try RunFolder(scratch.path)
    #expect(Set(folder.runs().map(\.name)) == ["own", "inside"])
    let sheet = try folder.run("own").directory.samplePath(7)
    try link(sheet, to: "\(other.path)/secret/config.json")
    #expect(throws: APIError.self) { try folder.contents(of: sheet) }
    #expect(try !folder.contents(of: folder.run("own").directory.samplePath(2)).isEmpty)
  }

  @Test(
    "no name leads out of the folder",
    arguments: ["..", ".", "../..", "/etc", "own/../own", "own/", "%2e%2e", "own\u{0}"])
  func names(_ name: String) throws {
    let scratch = try Scratch()
    try scratch.makeRun("own")
    #expect(throws: APIError.self) { try RunFolder(scratch.path).run(name) }
  }

  @Test(
    "a run is told to be in training while another one has its lock, and broken without a configuration"
  )
  func states() async throws {
    let scratch = try Scratch()
    let run = try scratch.makeRun("one")
    let index = RunIndex()
    let folder = try RunFolder(scratch.path)
    #expect(await index.summaries(of: folder).map(\.state) == [.finished])
    let descriptor = open(run.path, O_RDONLY)
    #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
    #expect(await index.summaries(of: folder).map(\.state) == [.training])
    close(descriptor)
    #expect(await index.summaries(of: folder).map(\.state) == [.finished])
    try Data("{".utf8).write(to: URL(fileURLWithPath: "\(run.path)/config.json"))
    let broken = await index.summaries(of: folder)[0]
    #expect(broken.state == .broken && broken.problem?.contains("config.json") == true)
  }
}
