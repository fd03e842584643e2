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
    tar.add("folder", [], kind: "5")
    tar.add("plain", [5, 6])
    let archive = try open(tar.finished())
    #expect(archive.members == [long, "plain", "prefix/of/name/tail", "päx/name"])
    #expect(try archive.bytes(ofMember: 1, limit: .max) == [5, 6])
    #expect(try archive.bytes(ofMember: 1, limit: 1) == [5])
    #expect(try archive.contents(of: long) == [3])
    #expect(try archive.contents(of: "päx/name") == [4])
  }

  @Test("Links lead to the files of their targets; those that lead nowhere are named")
  func links() throws {
    var tar = TarBuilder()
    let long = String(repeating: "long/", count: 30) + "x"
    tar.add("././@LongLink", Array(long.utf8) + [0], kind: "L")
    tar.add("cut off", [8])
    tar.add("./a/1.png", [1, 2])
    tar.add("./b/hard.png", [], kind: "1", target: "./a/1.png")
    tar.add("b/soft.png", [], kind: "2", target: "../a/./1.png")
    tar.add("b/twice.png", [], kind: "2", target: "soft.png")
    tar.add("././@LongLink", Array(long.utf8) + [0], kind: "K")
    tar.add("b/long.png", [], kind: "1", target: "cut off")
    tar.add("b/gone.png", [], kind: "2", target: "nowhere.png")
    tar.add("b/loop.png", [], kind: "2", target: "loop.png")
    let archive = try open(tar.finished())
    #expect(
      archive.members
        == ["a/1.png", "b/hard.png", "b/long.png", "b/soft.png", "b/twice.png", long])
    for name in ["a/1.png", "b/hard.png", "b/soft.png", "b/twice.png"] {
      #expect(try archive.contents(of: name) == [1, 2], "\(name)")
    }
    #expect(try archive.contents(of: "b/long.png") == [8])
    #expect(archive.unreachable.groups.map(\.reason) == ["links that lead nowhere"])
    #expect(
      archive.unreachable.groups[0].names
        == ["b/gone.png", "b/loop.png"].map { archive.path + "/" + $0 })
  }

  @Test("Names whose bytes are no UTF-8 stay different")
  func otherBytes() throws {
    var tar = TarBuilder()
    tar.add("caf?.png", [1])
    tar.bytes[3] = 0xE9
    // The check sum adds up all bytes, its own eight as blanks.
    let sum =
      tar.bytes[..<148].reduce(256) { $0 + Int($1) }
      + tar.bytes[156..<512].reduce(0) { $0 + Int($1) }
    tar.bytes.replaceSubrange(148..<154, with: Array("00\(String(sum, radix: 8))".utf8))
    tar.add("cafè.png", [2])
    let archive = try open(tar.finished())
    #expect(archive.members == ["caf\\xe9.png", "cafè.png"])
    #expect(try archive.contents(of: "caf\\xe9.png") == [1])
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
