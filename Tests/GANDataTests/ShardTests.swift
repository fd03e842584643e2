import Foundation
import Testing

@testable import GANData

@Suite("Several archives as one set")
struct ShardTests {
  private let folder: TemporaryFolder
  private let png = gradient(3, 2).pngData()

  init() throws { folder = try TemporaryFolder() }

  private func write(_ members: [(String, [UInt8])], to name: String) throws {
    var tar = TarBuilder()
    for (name, content) in members { tar.add(name, content) }
    try folder.write(tar.finished(), to: name)
  }

  @Test("stand under numbers of a width, as WebDataset writes them")
  func pattern() throws {
    let pattern = try #require(ShardPattern("a/b-{008..011}.tar"))
    #expect(pattern.paths == ["008", "009", "010", "011"].map { "a/b-\($0).tar" })
    #expect(ShardPattern("{0..2}")?.paths == ["0", "1", "2"])
    for path in ["a.tar", "a-{1..}.tar", "a-{3..2}.tar", "a-{1,2}.tar", "a-{0..99999999}.tar"] {
      #expect(ShardPattern(path) == nil)
    }
  }

  @Test("have the files of all of them in one order, and classes from files beside pictures")
  func open() throws {
    let other = gradient(5, 4).pngData()
    try write(
      [
        ("000002.png", png), ("000002.cls", Array("1\n".utf8)), ("000000.png", png),
        ("000000.cls", Array("10".utf8)), ("000000.json", [1]),
      ], to: "s-0.tar")
    try write([("000001.png", other), ("000001.cls", Array(" 2 ".utf8))], to: "s-1.tar")
    let path = folder.path + "/s-{0..1}.tar"
    #expect(DataSet.isThere(path) && !DataSet.isThere(folder.path + "/t-{0..1}.tar"))
    let source = try DataSet.open(path)
    #expect(
      (0..<3).map { source.name(at: $0) }
        == ["s-0.tar/000000.png", "s-1.tar/000001.png", "s-0.tar/000002.png"].map {
          folder.path + "/" + $0
        })
    #expect(source.classNames == ["1", "2", "10"])
    #expect((0..<3).map { source.label(at: $0) } == [2, 1, 0])
    #expect(try source.image(at: 1) == gradient(5, 4))
    #expect(try source.header(at: 0).width == 3)
    #expect(source.unused.summary == "1 file not read: 1 .json")
    #expect(try DataSet.files(at: path).members.count == 7)
  }

  @Test("are refused with a line where one is missing, a name is there twice or a class is none")
  func refusals() throws {
    func problem(_ path: String) -> String? {
      do {
        _ = try DataSet.open(folder.path + "/" + path)
        return nil
      } catch { return "\(error)" }
    }
    try write([("a.png", png)], to: "m-0.tar")
    try write([("a.png", png)], to: "m-1.tar")
    #expect(problem("m-{0..2}.tar")?.contains("m-2.tar") == true)
    #expect(
      problem("m-{0..1}.tar")
        == "\(folder.path)/m-1.tar: 'a.png' is in \(folder.path)/m-0.tar, too; names tell files apart"
    )
    try write([("a.png", png), ("a.cls", Array("cat\ndog".utf8))], to: "c.tar")
    let words = "c.tar/a.cls: expected the name or number of a class"
    #expect(problem("c.tar")?.hasSuffix(words) == true)
  }
}

@Suite("Pictures prepared into one archive")
struct PreparedArchiveTests {
  private let folder: TemporaryFolder
  private let square = ImagePreparation(
    size: ImageSize(side: 4), channels: 3, fit: .stretch)

  init() throws { folder = try TemporaryFolder() }

  private func packed(
    _ source: any ImageSource, _ names: [String], policy: SkipPolicy = .fail
  ) throws -> [BrokenImage] {
    try PreparedArchive.write(
      zip(0..., names).map { PreparedArchive.Item(source, $0, name: $1) }, as: square,
      policy: policy, to: folder.path + "/packed.tar")
  }

  @Test("are what training makes of them, under their own names and classes")
  func content() throws {
    let long = String(repeating: "x", count: 120)
    for name in ["cat/\(long).png", "cat/ü.png", "dog/a.png"] {
      try folder.write(gradient(9, 7).pngData(), to: "set/" + name)
    }
    let source = try DataSet.open(folder.path + "/set")
    let files = try #require(source as? ImageFiles)
    let names = (0..<3).map { "train/" + files.relativeName(at: $0) }
    #expect(try packed(source, names).isEmpty)
    let again = try DataSet.open(folder.path + "/packed.tar", split: .train)
    #expect(again.count == 3 && again.classNames == ["cat", "dog"])
    let found = try #require(again as? ImageFiles)
    #expect((0..<3).map { found.relativeName(at: $0) } == names)
    for index in 0..<3 {
      #expect(try again.image(at: index) == square.prepared(source.image(at: index)))
      #expect(again.label(at: index) == source.label(at: index))
    }
    let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/packed.tar"))
    _ = try packed(source, names)
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path + "/packed.tar")) == bytes)
  }

  @Test("Another program reads the archive")
  func interchange() throws {
    let long = "folder/" + String(repeating: "y", count: 130) + ".png"
    for name in [long, "b.png"] { try folder.write(gradient(6, 6).pngData(), to: "set/" + name) }
    let source = try DataSet.open(folder.path + "/set")
    _ = try packed(source, ["b.jpg", long])
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["tar", "-tf", folder.path + "/packed.tar"]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(text.split(separator: "\n").map(String.init) == ["b.png", long])
  }

  @Test("keep labels that a file says, and both of two files that differ in their ending")
  func labels() throws {
    for name in ["a.png", "a.jpg", "b.png"] {
      try folder.write(gradient(5, 5).pngData(), to: "set/" + name)
    }
    try folder.write(
      Array(#"{"labels": [["a.png", "red"], ["a.jpg", "blue"], ["b.png", "red"]]}"#.utf8),
      to: "set/dataset.json")
    let source = try DataSet.open(folder.path + "/set")
    _ = try packed(source, ["a.jpg", "a.png", "b.png"])
    let again = try DataSet.open(folder.path + "/packed.tar")
    #expect(again.classNames == ["blue", "red"])
    #expect((0..<3).map { again.label(at: $0) } == [0, 1, 1])
    #expect(again.name(at: 0).hasSuffix("/a.jpg.png"))
  }

  @Test("leave out broken ones only where that is asked for")
  func broken() throws {
    try folder.write(gradient(5, 5).pngData(), to: "set/a.png")
    try folder.write(Array(gradient(5, 5).pngData().prefix(50)), to: "set/b.png")
    let source = try DataSet.open(folder.path + "/set")
    #expect(throws: DataError.self) { try packed(source, ["a", "b"]) }
    #expect(!FileManager.default.fileExists(atPath: folder.path + "/packed.tar"))
    let skipped = try packed(source, ["a", "b"], policy: .skipBroken)
    #expect(skipped.map { $0.name.hasSuffix("b.png") } == [true])
    #expect(try DataSet.open(folder.path + "/packed.tar").count == 1)
  }
}
