import CImage
import Foundation
import Testing

@testable import GANData

/// A zip archive.
struct ZipBuilder {
  private var files: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0

  /// - Parameters:
  ///   - method: 0 stores, 8 deflates; anything else is only written down.
  ///   - isLarge: Whether sizes and place stand in the extra field, as above 4 GiB.
  mutating func add(
    _ name: String, _ content: [UInt8], method: Int = 8, flags: Int = 0, isLarge: Bool = false
  ) {
    let data = method == 8 ? deflated(content) : content
    let checksum = Int(ci_crc32(0, content, content.count))
    let sizes = little(data.count, 4) + little(content.count, 4)
    let start = files.count
    files +=
      little(0x0403_4B50, 4) + little(20, 2) + little(flags, 2) + little(method, 2) + little(0, 4)
      + little(checksum, 4) + sizes + little(name.utf8.count, 2) + little(3, 2)
      + Array(name.utf8) + [9, 9, 9] + data
    let extra =
      little(0x5455, 2) + little(1, 2) + [7]
      + (isLarge
        ? little(1, 2) + little(24, 2) + little(content.count, 8) + little(data.count, 8)
          + little(start, 8) : [])
    let none = little(0xFFFF_FFFF, 4)
    directory +=
      little(0x0201_4B50, 4) + little(20, 2) + little(20, 2) + little(flags, 2)
      + little(method, 2) + little(0, 4) + little(checksum, 4) + (isLarge ? none + none : sizes)
      + little(name.utf8.count, 2) + little(extra.count, 2) + little(0, 2) + little(0, 8)
      + (isLarge ? none : little(start, 4)) + Array(name.utf8) + extra
    count += 1
  }

  func finished(comment: String = "", isLarge: Bool = false) -> [UInt8] {
    let place = files.count
    let record = place + directory.count
    let large =
      little(0x0606_4B50, 4) + little(44, 8) + little(45, 2) + little(45, 2) + little(0, 8)
      + little(count, 8) + little(count, 8) + little(directory.count, 8) + little(place, 8)
      + little(0x0706_4B50, 4) + little(0, 4) + little(record, 8) + little(1, 4)
    return files + directory + (isLarge ? large : []) + little(0x0605_4B50, 4) + little(0, 4)
      + (isLarge
        ? little(0xFFFF, 2) + little(0xFFFF, 2) + little(0xFFFF_FFFF, 4) + little(0xFFFF_FFFF, 4)
        : little(count, 2) + little(count, 2) + little(directory.count, 4) + little(place, 4))
      + little(comment.utf8.count, 2) + Array(comment.utf8)
  }
}

@Suite("Zip archives")
struct ZipTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func open(_ bytes: [UInt8]) throws -> ZipArchive {
    try ZipArchive(folder.write(bytes, to: "a.zip"))
  }

  private func problem(_ archive: ZipArchive, _ member: Int = 0) -> String {
    message { _ = try archive.bytes(ofMember: member, limit: .max) }
      .replacingOccurrences(of: folder.path + "/", with: "")
  }

  private let text = (0..<5000).map { UInt8($0 % 251) }

  @Test("Stored and deflated files, whole and in part, with comments and large records")
  func reading() throws {
    for isLarge in [false, true] {
      var zip = ZipBuilder()
      zip.add("b/2", text, isLarge: isLarge)
      zip.add("b/", [], method: 0)
      zip.add("a.txt", [1, 2, 3], method: 0)
      zip.add("win\\x", [4])
      zip.add("__MACOSX/._a.txt", [5])
      zip.add("empty", [])
      zip.add("a.txt", [6, 7])
      let archive = try open(zip.finished(comment: "PK\u{5}\u{6} in a note", isLarge: isLarge))
      #expect(archive.members == ["a.txt", "b/2", "empty", "win/x"])
      #expect(try archive.contents(of: "a.txt") == [6, 7])
      #expect(try archive.contents(of: "b/2") == text)
      #expect(try archive.contents(of: "empty") == [] && archive.size(ofMember: 1) == 5000)
      for limit in [0, 1, 100, 4999] {
        #expect(try archive.bytes(ofMember: 1, limit: limit) == Array(text.prefix(limit)))
      }
    }
  }

  @Test("A set in a zip archive is that of the unpacked folder")
  func set() throws {
    var zip = ZipBuilder()
    for (name, value) in [("dog/1.png", 2), ("cat/1.png", 1), ("dog/2.png", 3)] {
      let file = DecodedImage(width: 2, height: 2, channels: 1, filledWith: UInt8(value)).pngData()
      zip.add(name, file)
    }
    zip.add("notes.txt", [1])
    let source = try DataSet.open(folder.write(zip.finished(), to: "pets.zip"))
    #expect(source.classNames == ["cat", "dog"] && source.count == 3)
    #expect(try (0..<3).map { try source.image(at: $0).pixels[0] } == [1, 2, 3])
    #expect(source.unused.summary == "1 file not read: 1 .txt")
    #expect(source.name(at: 0) == folder.path + "/pets.zip/cat/1.png")
  }

  @Test("What cannot be read is named")
  func refused() throws {
    var zip = ZipBuilder()
    zip.add("a", text, flags: 1)
    zip.add("b", text, method: 93)
    let archive = try open(zip.finished())
    #expect(problem(archive) == "a.zip/a: it is encrypted")
    #expect(
      problem(archive, 1)
        == "a.zip/b: compressed by Zstandard; only stored and deflated files of zip archives are read"
    )
  }

  @Test("Damage and cuts are errors")
  func damage() throws {
    var zip = ZipBuilder()
    zip.add("one", text, method: 0)
    let whole = zip.finished()
    var flipped = whole
    flipped[1000] ^= 1
    #expect(problem(try open(flipped)) == "a.zip/one: damaged: its check sum is wrong")
    for length in stride(from: 0, to: whole.count, by: 7) {
      #expect(throws: DataError.self, "cut to \(length)") { try open(Array(whole.prefix(length))) }
    }
    var packed = ZipBuilder()
    packed.add("one", text)
    packed.add("two", Array(text.reversed()))
    let file = packed.finished()
    var generator = SplitMix64(seed: 4)
    for _ in 0..<1000 {
      var damaged = file
      damaged[generator.next(below: file.count)] = UInt8(truncatingIfNeeded: generator.next())
      guard let archive = try? open(damaged) else { continue }
      for (index, name) in archive.members.enumerated() {
        let content = try? archive.bytes(ofMember: index, limit: .max)
        if name == "one" { #expect(content == nil || content == text) }
      }
    }
  }

  @Test("Many threads read at once")
  func threads() throws {
    var zip = ZipBuilder()
    for i in 0..<20 { zip.add("\(i + 100)", [UInt8](repeating: UInt8(i), count: 3000 + i)) }
    let archive = try open(zip.finished())
    let good = parallelMap(0..<200) { i in
      let wanted = [UInt8](repeating: UInt8(i % 20), count: 3000 + i % 20)
      return (try? archive.bytes(ofMember: i % 20, limit: .max)) == wanted
    }
    #expect(good.allSatisfy { $0 })
  }
}
