import Foundation
import Testing

@testable import GANData

@Suite("Tar archives")
struct TarTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func open(_ bytes: [UInt8]) throws -> TarArchive {
    try TarArchive(folder.write(bytes, to: "a.tar"))
  }

  private func problem(_ bytes: [UInt8]) -> String {
    message { _ = try open(bytes) }.replacingOccurrences(of: folder.path + "/", with: "")
  }

  @Test("Long names of all three kinds, and the last of two versions")
  func names() throws {
    let long = String(repeating: "long/", count: 40) + "x"
    var tar = TarBuilder()
    tar.add("./plain", [1])
    tar.add("tail", [2], prefix: "prefix/of/name")
    tar.add("././@LongLink", Array(long.utf8) + [0], kind: "L")
    tar.add("cut off", [3])
    let record = " path=päx/name\n"
    tar.add("pax", Array("\(record.utf8.count + 2)\(record)".utf8), kind: "x")
    tar.add("replaced", [4])
    tar.add("folder/", [], kind: "5")
    tar.add("link", [], kind: "2")
    tar.add("plain", [5, 6])
    let archive = try open(tar.finished())
    #expect(archive.members == [long, "plain", "prefix/of/name/tail", "päx/name"])
    #expect(try archive.bytes(ofMember: 1, limit: .max) == [5, 6])
    #expect(try archive.bytes(ofMember: 1, limit: 1) == [5])
    #expect(try archive.contents(of: long) == [3])
    #expect(try archive.contents(of: "päx/name") == [4])
  }

  @Test("Every cut is an error")
  func cuts() throws {
    var tar = TarBuilder()
    tar.add("one", [UInt8](repeating: 7, count: 700))
    tar.add("two", [1])
    let whole = tar.finished()
    #expect(try open(whole).members == ["one", "two"])
    for length in stride(from: 0, through: tar.bytes.count, by: 100) {
      #expect(throws: DataError.self, "cut to \(length)") { try open(Array(whole.prefix(length))) }
    }
    #expect(
      problem(Array(whole.prefix(1000)))
        == "a.tar/one: the archive is cut inside this member (expected 700 bytes, found 488)")
    #expect(
      problem(Array(whole.prefix(tar.bytes.count)))
        == "a.tar: the archive is cut: no end mark after 2560 bytes (expected 512 bytes, found 0)")
  }

  @Test("A wrong check sum names the place")
  func checksum() throws {
    var tar = TarBuilder()
    tar.add("one", [1])
    tar.add("two", [1])
    tar.bytes[1024] ^= 1
    #expect(
      problem(tar.finished()).hasPrefix("a.tar: tar header at byte 1024 has a wrong check sum"))
  }

  @Test("Damaged extended records and sparse files are refused")
  func unsupported() throws {
    for record in ["99 path=x\n", "x path=x\n", "8 pathx\n", "-1 a=b\n", "0 a=b\n"] {
      var tar = TarBuilder()
      tar.add("pax", Array(record.utf8), kind: "x")
      tar.add("file", [1])
      #expect(problem(tar.finished()).contains("extended header"), "\(record)")
    }
    var huge = TarBuilder()
    huge.add("pax", Array("28 size=9223372036854775807\n".utf8), kind: "x")
    huge.add("file", [1])
    #expect(problem(huge.finished()).contains("cut inside this member"))
    var sparse = TarBuilder()
    sparse.add("s", [1], kind: "S")
    #expect(problem(sparse.finished()).contains("sparse"))
  }

  @Test("An archive that shrinks after it was opened is noticed")
  func shrinks() throws {
    var tar = TarBuilder()
    tar.add("one", [UInt8](repeating: 7, count: 700))
    let archive = try open(tar.finished())
    let handle = try #require(FileHandle(forWritingAtPath: archive.path))
    try handle.truncate(atOffset: 600)
    #expect(
      message { _ = try archive.bytes(ofMember: 0, limit: .max) }
        .hasSuffix("the archive has become shorter (expected 700 bytes, found 88)"))
  }

  @Test("Many threads read at once")
  func threads() throws {
    var tar = TarBuilder()
    for i in 0..<50 { tar.add("\(i + 100)", [UInt8](repeating: UInt8(i), count: 3000 + i)) }
    let archive = try open(tar.finished())
    let good = parallelMap(0..<400) { i in
      let wanted = [UInt8](repeating: UInt8(i % 50), count: 3000 + i % 50)
      return (try? archive.bytes(ofMember: i % 50, limit: .max)) == wanted
    }
    #expect(good.allSatisfy { $0 })
  }

  @Test("Random damage never crashes")
  func fuzz() throws {
    var tar = TarBuilder()
    tar.add("a/1.png", gradient(4, 4).pngData())
    tar.add("pax", Array("12 path=b/2\n".utf8), kind: "x")
    tar.add("b", [4])
    let whole = tar.finished()
    var generator = SplitMix64(seed: 8)
    for _ in 0..<500 {
      var damaged = whole
      damaged[generator.next(below: whole.count)] = UInt8(truncatingIfNeeded: generator.next())
      if let archive = try? open(damaged) {
        for index in archive.members.indices { _ = try archive.bytes(ofMember: index, limit: .max) }
      }
    }
  }
}
