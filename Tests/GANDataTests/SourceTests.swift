import Foundation
import Testing

@testable import GANData

@Suite("Folders and archives of images")
struct SourceTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func names(_ source: any ImageSource) -> [String] {
    (0..<source.count).map { index in
      source.name(at: index).replacingOccurrences(of: folder.path + "/", with: "")
    }
  }

  private func labels(_ source: any ImageSource) -> [Int?] {
    (0..<source.count).map { source.label(at: $0) }
  }

  /// The same files as a folder or as an archive.
  private func open(
    _ files: [String: [UInt8]], asTar: Bool, split: Split = .all
  ) throws -> any ImageSource {
    var tar = TarBuilder()
    for (name, content) in files.sorted(by: { $0.key > $1.key }) {
      tar.add(name, content)
      if !asTar { try folder.write(content, to: name) }
    }
    if asTar { try folder.write(tar.finished(), to: "set.tar") }
    return try DataSet.open(asTar ? folder.path + "/set.tar" : folder.path, split: split)
  }

  private let png = gradient(3, 2).pngData()

  @Test("Sub-folders are classes; hidden files and others are ignored", arguments: [false, true])
  func classes(asTar: Bool) throws {
    let source = try open(
      [
        "dog/b.png": png, "dog/a.PNG": png, "cat/z.jpeg": png, "cat/.hidden.png": png,
        ".git/x.png": png, "readme.txt": [1],
      ], asTar: asTar)
    let place = asTar ? "set.tar/" : ""
    #expect(names(source) == ["cat/z.jpeg", "dog/a.PNG", "dog/b.png"].map { place + $0 })
    #expect(source.classNames == ["cat", "dog"])
    #expect(labels(source) == [0, 1, 1])
    #expect(source.unused.summary == "1 file not read: 1 .txt")
    // A PNG named .jpeg is a PNG.
    #expect(try source.image(at: 0) == gradient(3, 2))
  }

  @Test("Flat folders, and one folder alone, have no classes", arguments: [false, true])
  func flat(asTar: Bool) throws {
    let source = try open(["images/2.png": png, "images/10.png": png], asTar: asTar)
    #expect(source.classNames.isEmpty)
    #expect(labels(source) == [nil, nil])
    #expect(names(source).map { ($0 as NSString).lastPathComponent } == ["10.png", "2.png"])
  }

  @Test("Splits are picked, classes are numbered over all of them", arguments: [false, true])
  func splits(asTar: Bool) throws {
    let files = [
      "train/a/1.png": png, "train/c/1.png": png, "val/b/1.png": png, "val/c/2.png": png,
    ]
    let train = try open(files, asTar: asTar, split: .train)
    #expect(train.classNames == ["a", "b", "c"])
    #expect(labels(train) == [0, 2])
    let test = try open(files, asTar: asTar, split: .test)
    #expect(labels(test) == [1, 2])
    #expect(try open(files, asTar: asTar, split: .all).count == 4)
  }

  @Test(
    "Splits have the usual names in any case, above the classes or below",
    arguments: [
      ("training", "testing"), ("Train", "Test"), ("TRN", "TST"), ("train", "valid"),
      ("training", "Validation"), ("train", "dev"), ("train", "val"),
    ])
  func splitNames(train: String, test: String) throws {
    for name in ["\(train)/a/1.png", "\(train)/b/1.png", "\(test)/a/2.png"] {
      try folder.write(png, to: name)
      let parts = name.split(separator: "/")
      try folder.write(png, to: "below/\(parts[1])/\(parts[0])/\(parts[2])")
    }
    try FileManager.default.createDirectory(
      atPath: folder.path + "/above", withIntermediateDirectories: true)
    for part in [train, test] {
      try FileManager.default.moveItem(
        atPath: "\(folder.path)/\(part)", toPath: "\(folder.path)/above/\(part)")
    }
    for place in ["above", "below"] {
      let path = "\(folder.path)/\(place)"
      let training = try DataSet.open(path, split: .train)
      #expect(training.classNames == ["a", "b"] && labels(training) == [0, 1], "\(place)")
      #expect(labels(try DataSet.open(path, split: .test)) == [0], "\(place)")
    }
  }

  @Test("A class called train is a class")
  func trainsAreVehicles() throws {
    for name in ["car/1.png", "ship/1.png", "train/1.png"] { try folder.write(png, to: name) }
    #expect(try DataSet.open(folder.path, split: .test).classNames == ["car", "ship", "train"])
  }

  @Test("One folder around everything is looked through", arguments: [false, true])
  func containers(asTar: Bool) throws {
    let plain = try open(["pets/2/1.png": png, "pets/10/1.png": png], asTar: asTar)
    // Numbers count by their value.
    #expect(plain.classNames == ["2", "10"] && Set(labels(plain)) == [0, 1])
    try? FileManager.default.removeItem(atPath: folder.path + "/pets")
    let files = [
      "x/pets/train/images/a/1.png": png, "x/pets/train/images/b/1.png": png,
      "x/pets/test/images/b/1.png": png,
    ]
    let training = try open(files, asTar: asTar, split: .train)
    #expect(training.classNames == ["a", "b"] && labels(training) == [0, 1])
    let test = try open(files, asTar: asTar, split: .test)
    #expect(labels(test) == [1])
    #expect((test as? ImageFiles)?.nameInSplit(at: 0) == "x/pets/images/b/1.png")
  }

  @Test("A stray picture beside the folders is named and left out, many are not")
  func strays() throws {
    for number in 0..<6 {
      for name in ["cat", "dog"] { try folder.write(png, to: "\(name)/\(number).png") }
    }
    let stray = try folder.write(png, to: "overview.png")
    let source = try DataSet.open(folder.path)
    #expect(source.count == 12 && source.classNames == ["cat", "dog"])
    #expect(source.leftOut == [LeftOutImages(.besideFolders, [stray])])
    #expect(source.leftOut.words == "left out: 1 beside the folders (\(stray))")
    try folder.write(png, to: "second.png")
    let mixed = try DataSet.open(folder.path)
    #expect(mixed.count == 14 && mixed.classNames.isEmpty && mixed.leftOut.isEmpty)
  }

  @Test("What lies beside the splits is in none of them")
  func besideSplits() throws {
    for name in ["train/1.png", "test/1.png", "unlabeled/1.png"] { try folder.write(png, to: name) }
    let all = try DataSet.open(folder.path, split: .all)
    #expect(all.count == 2)
    #expect(all.leftOut == [LeftOutImages(.besideSplits, [folder.path + "/unlabeled/1.png"])])
  }

  @Test("What systems leave behind is ignored", arguments: [false, true])
  func leftBehind(asTar: Bool) throws {
    let source = try open(
      [
        "cat/1.png": png, "dog/1.png": png, "@eaDir/1.png/SYNOPHOTO_THUMB_M.jpg": png,
        "cat/@eaDir/1.png/SYNOPHOTO_THUMB_M.jpg": png, "dog/.ipynb_checkpoints/1.png": png,
        "lost+found/1.png": png, "__MACOSX/cat/1.png": png, "#recycle/1.png": png,
        "$RECYCLE.BIN/1.png": png, "System Volume Information/1.png": png,
      ], asTar: asTar)
    #expect(source.count == 2 && source.classNames == ["cat", "dog"])
  }

  @Test("A split that is not there is an error, unless there are none")
  func missingSplit() throws {
    try folder.write(png, to: "train/a.png")
    #expect(
      message { _ = try DataSet.open(folder.path, split: .test) }
        == "\(folder.path): no images: no test/ beside train/")
    let plain = try TemporaryFolder()
    try plain.write(png, to: "a.png")
    #expect(try DataSet.open(plain.path, split: .test).count == 1)
  }

  @Test("A part of a set is chosen by its folder")
  func subfolder() throws {
    try folder.write(png, to: "trainA/1.png")
    try folder.write(png, to: "trainB/2.png")
    let source = try ImageFiles(DataSet.files(at: folder.path), folder: "trainB")
    #expect(source.count == 1 && source.relativeName(at: 0) == "trainB/2.png")
    #expect(source.classNames.isEmpty)
  }

  @Test("Links are followed, but not in circles")
  func links() throws {
    try folder.write(png, to: "a/1.png")
    let manager = FileManager.default
    try manager.createSymbolicLink(
      atPath: folder.path + "/a/loop", withDestinationPath: folder.path)
    try manager.createSymbolicLink(
      atPath: folder.path + "/b", withDestinationPath: folder.path + "/a")
    try manager.createSymbolicLink(
      atPath: folder.path + "/gone.png", withDestinationPath: folder.path + "/nowhere")
    try manager.createSymbolicLink(
      atPath: folder.path + "/self.png", withDestinationPath: folder.path + "/self.png")
    let source = try DataSet.open(folder.path)
    #expect(names(source) == ["a/1.png", "b/1.png"])
    #expect(source.unused.summary == "2 files not read: 2 links that lead nowhere")
  }

  @Test("Names whose bytes are no UTF-8 are read")
  func otherBytes() throws {
    let names: [[UInt8]] = [Array("caf".utf8) + [0xE9], Array("caf".utf8) + [0xE8, 0xFF]]
    for (index, name) in names.enumerated() {
      let path = (Array(folder.path.utf8) + [47] + name + Array("/1.png".utf8))
        .map { CChar(bitPattern: $0) }
      try #require(mkdir(Array(path.dropLast(6)) + [0], 0o755) == 0)
      let file = try #require(fopen(path + [0], "w"))
      let bytes = gradient(3, 2 + index).pngData()
      #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
      fclose(file)
    }
    let source = try DataSet.open(folder.path)
    #expect(source.classNames == ["caf\\xe8\\xff", "caf\\xe9"])
    #expect(try (0..<2).map { try source.image(at: $0).height } == [3, 2])
    #expect(try source.header(at: 0).height == 3)
    #expect(source.name(at: 1) == folder.path + "/caf\\xe9/1.png")
  }

  @Test("What is not read is counted by kind, over all of a set's places once")
  func unused() throws {
    for name in ["a/1.png", "b/1.png", "a/x.svg", "a/y.SVG", "b/z.psd", "b/none"] {
      try folder.write(png, to: name)
    }
    let summary = "4 files not read: 2 .svg, 1 .psd, 1 without extension"
    #expect(try DataSet.open(folder.path).unused.summary == summary)
    let pairs = try DataSet.openPairs(folder.path)
    var both = pairs.a.unused
    both.formUnion(pairs.b.unused)
    #expect(both.summary == summary)
    #expect(both.groups[0].names == ["a/x.svg", "a/y.SVG"].map { folder.path + "/" + $0 })
    #expect(try DataReport(inspecting: folder.path).otherFiles == 4)
  }

  @Test("Empty places say what they hold")
  func empty() throws {
    #expect(
      message { _ = try DataSet.open(folder.path) }
        == "\(folder.path): no images: it holds no files")
    try folder.write([1], to: "a.avif")
    try folder.write([1], to: "b.avif")
    try folder.write([1], to: "c.txt")
    #expect(
      message { _ = try DataSet.open(folder.path) }
        == "\(folder.path): no images: none of its 3 files is a "
        + "PNG, JPEG, WebP, TIFF, GIF or BMP (most are .avif)")
  }

  @Test("Facts: common size, or the largest of mixed ones")
  func facts() throws {
    try folder.write(gradient(5, 4).pngData(), to: "1.png")
    #expect(try DataSet.open(folder.path).facts().nativeSize == ImageSize(height: 4, width: 5))
    try folder.write(gradient(3, 8, channels: 3).pngData(), to: "2.png")
    try folder.write([1, 2, 3], to: "3.png")
    let facts = try DataSet.open(folder.path).facts()
    #expect(facts.nativeSize == nil)
    #expect(facts.largestSize == ImageSize(height: 8, width: 5))
    #expect(facts.channels == 3)
  }

  @Test("A header behind a large profile is still found")
  func lateHeader() throws {
    var jpeg = try Fixture.bytes("ycbcr.jpg")
    let comment = [0xFF, 0xFE, 0xFF, 0xFF] + [UInt8](repeating: 65, count: 65533)
    jpeg.insert(contentsOf: comment + comment, at: 2)
    try folder.write(jpeg, to: "a.jpg")
    #expect(try DataSet.open(folder.path).header(at: 0).width == 16)
  }

  @Test("Names of sets: misspelt, missing, unsuitable")
  func naming() throws {
    #expect(
      message { _ = try DataSet.open("mnits") }
        == "no data set or file is called `mnits`; did you mean `mnist`?")
    #expect(
      message { _ = try DataSet.open("elephants") }
        == "no data set or file is called `elephants` (built in: mnist, edges, outlines, pixelated, masked, low-resolution, textured, mnist-m, grounded, painted, moving, turned)"
    )
    #expect(
      message { _ = try DataSet.open("./mnits") }
        == "./mnits: cannot be read: No such file or directory")
    let picture = try folder.write(png, to: "one.png")
    #expect(
      message { _ = try DataSet.open(picture) }
        == "\(picture): a single image; name the folder it is in")
  }

  @Test("Files that hold no set say what they are, by their content")
  func containers() throws {
    var tar = TarBuilder()
    tar.add("1.png", png)
    let cases: [(name: String, bytes: [UInt8], words: String)] = [
      ("a.tgz", gzip(tar.finished()), "a compressed tar archive"),
      ("b.tar.gz", gzip(tar.finished()), "a compressed tar archive"),
      ("c.zip", Array("PK\u{3}\u{4}".utf8), "the zip archive is cut"),
      ("d.tar.xz", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 1], "compressed with xz; unpack it (unxz)"),
      ("e.tar", Array("version https://git-lfs.github.com/spec/v1".utf8), "`git lfs pull`"),
      ("f.rar", Array("Rar!".utf8), "a RAR archive"), ("g.tar", [], "the file is empty"),
      ("h.bin", [1, 2, 3], "neither a folder, a tar or zip archive, an array nor an IDX file"),
    ]
    for (name, bytes, words) in cases {
      let path = try folder.write(bytes, to: name)
      let text = message { _ = try DataSet.open(path) }
      #expect(text.hasPrefix(path) && text.contains(words), "\(text)")
    }
    // A name says nothing against the content.
    let path = try folder.write(tar.finished(), to: "set.zip")
    #expect(try DataSet.open(path).count == 1)
    let digits = try folder.write(gzip(idx([1, 2, 2], [1, 2, 3, 4])), to: "x.tar.gz")
    #expect(try DataSet.open(digits).image(at: 0).pixels == [1, 2, 3, 4])
  }

  @Test("An error is one line even if a file's name is not")
  func oneLine() {
    let error = DataError.cannotRead(path: "a\nb", reason: "x")
    #expect(error.description == "a?b: cannot be read: x")
  }

  @Test("Real sets open with the published numbers of pictures")
  func realSets() throws {
    guard let cifar = RealData.path("cifar10.tar"), let celeba = RealData.path("celeba64.tar"),
      let bsds = RealData.path("bsds500.tar"), let usps = RealData.path("usps")
    else { return }
    let train = try DataSet.open(cifar, split: .train)
    #expect(train.count == 50000 && train.classNames.count == 10)
    #expect(train.classNames.first == "airplane" && train.label(at: 49999) == 9)
    #expect(try DataSet.open(cifar, split: .test).count == 10000)
    let faces = try DataSet.open(celeba)
    #expect(faces.count == 10000 && faces.classNames.isEmpty)
    #expect(try DataSet.open(bsds, split: .test).count == 200)
    let digits = try DataSet.open(usps, split: .test)
    #expect(try digits.facts().nativeSize == ImageSize(height: 16, width: 16))
  }
}
