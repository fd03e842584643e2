import Foundation
import Testing

@testable import GANData

@Suite("Pairs and domains")
struct PairTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Writes pictures that differ from each other, as a folder or an archive.
  private func place(_ names: [String], asTar: Bool = false) throws -> String {
    var tar = TarBuilder()
    for (number, name) in names.sorted().enumerated() {
      let png = gradient(4, 4, from: number).pngData()
      tar.add(name, png)
      if !asTar { try folder.write(png, to: name) }
    }
    return asTar ? try folder.write(tar.finished(), to: "set.tar") : folder.path
  }

  private func names(_ source: any ImageSource, below path: String) -> [String] {
    (0..<source.count).map { source.name(at: $0).replacingOccurrences(of: path + "/", with: "") }
  }

  @Test("Folders with equal names are pairs, for each split", arguments: [false, true])
  func folders(asTar: Bool) throws {
    let path = try place(
      [
        "train/photo/1.png", "train/photo/2.png", "train/label/1.png", "train/label/2.png",
        "test/photo/3.png", "test/label/3.png", "classes.csv",
      ], asTar: asTar)
    let training = try DataSet.openPairs(path, split: .train)
    #expect(names(training.a, below: path) == ["train/label/1.png", "train/label/2.png"])
    #expect(names(training.b, below: path) == ["train/photo/1.png", "train/photo/2.png"])
    let test = try DataSet.openPairs(path, split: .test)
    #expect(names(test.swapped.a, below: path) == ["test/photo/3.png"])
  }

  @Test("The split may lie below the sides, and extensions may differ")
  func sidesFirst() throws {
    let path = try place(["A/train/1.png", "B/train/1.jpg", "A/test/2.png", "B/test/2.png"])
    let pairs = try DataSet.openPairs(path, split: .train)
    #expect(names(pairs.a, below: path) == ["A/train/1.png"])
    #expect(names(pairs.b, below: path) == ["B/train/1.jpg"])
  }

  @Test("Files without a partner are left out and named; where most lack one, the first is named")
  func lonely() throws {
    let path = try place(["A/1.png", "B/1.png", "A/2.png", "B/3.png"])
    let pairs = try DataSet.openPairs(path)
    #expect(names(pairs.a, below: path) == ["A/1.png"])
    #expect(
      pairs.a.leftOut
        == [LeftOutImages(.unpaired, ["\(path)/A/2.png", "\(path)/B/3.png"])])
    try folder.write(gradient(4, 4).pngData(), to: "B/4.png")
    #expect(
      message { _ = try DataSet.openPairs(path) }
        == "\(path)/A/2.png: has no partner of the same name in B, as 3 of 5 images")
  }

  /// Names below the folder, and those of what is paired with them.
  static let customs: [(files: [String], a: [String], b: [String])] = [
    (
      ["train_A/1.png", "train_B/1.png", "test_A/2.png", "test_B/2.png"], ["train_A/1.png"],
      ["train_B/1.png"]
    ),
    (
      ["trainA/1.png", "trainB/1.png", "valA/2.png", "valB/2.png"], ["trainA/1.png"],
      ["trainB/1.png"]
    ),
    (["A_train/1.png", "B_train/1.png"], ["A_train/1.png"], ["B_train/1.png"]),
    (
      ["Training/A/1.png", "Training/B/1.png", "dev/A/2.png"], ["Training/A/1.png"],
      ["Training/B/1.png"]
    ),
    (
      ["A/1_A.png", "A/2_A.png", "B/1_B.png", "B/2_B.png"], ["A/1_A.png", "A/2_A.png"],
      ["B/1_B.png", "B/2_B.png"]
    ),
    (
      ["1_label/0_1_label.png", "2_photo/0_2_photo.png"], ["1_label/0_1_label.png"],
      ["2_photo/0_2_photo.png"]
    ),
    (
      ["1_A.png", "1_B.png", "2_A.png", "2_B.png"], ["1_A.png", "2_A.png"], ["1_B.png", "2_B.png"]
    ),
    (["x/1-a.png", "x/1-b.png"], ["x/1-a.png"], ["x/1-b.png"]),
    (
      ["base/1.jpg", "base/1.png", "more/2.jpg", "more/2.png"], ["base/1.jpg", "more/2.jpg"],
      ["base/1.png", "more/2.png"]
    ),
    (["set/A/1.png", "set/B/1.png"], ["set/A/1.png"], ["set/B/1.png"]),
    (
      ["set/train/A/1.png", "set/train/B/1.png", "set/test/A/3.png"], ["set/train/A/1.png"],
      ["set/train/B/1.png"]
    ),
  ]

  @Test("The usual ways to name pairs", arguments: customs.indices, [false, true])
  func usual(index: Int, asTar: Bool) throws {
    let (files, a, b) = Self.customs[index]
    let path = try place(files, asTar: asTar)
    let pairs = try DataSet.openPairs(path, split: .train)
    #expect(names(pairs.a, below: path) == a)
    #expect(names(pairs.b, below: path) == b)
    #expect(pairs.a.leftOut.isEmpty)
  }

  @Test(
    "All of a set pairs equal names of two splits within each",
    arguments: [
      ["trainA/0.png", "trainB/0.png", "testA/0.png", "testB/0.png"],
      ["train/0_A.png", "train/0_B.png", "test/0_A.png", "test/0_B.png"],
      ["A/train/0.png", "B/train/0.png", "A/test/0.png", "B/test/0.png"],
    ])
  func allSplits(files: [String]) throws {
    let path = try place(files)
    let all = try DataSet.openPairs(path, split: .all)
    #expect(all.a.count == 2 && all.b.count == 2 && all.a.leftOut.isEmpty)
    #expect(try DataSet.openPairs(path, split: .train).a.count == 1)
  }

  @Test("The sides are named after what tells them")
  func sideNames() throws {
    #expect(try DataSet.openPairs(try place(["1.jpg", "1.png"])).names == ("jpg", "png"))
    #expect(try DataSet.openDomains("mnist", other: "edges").names == ("mnist", "edges"))
    #expect(try DataSet.openDomains("textured").swapped.names == ("textured", "digits"))
  }

  @Test("Two files that may both be a partner are named")
  func ambiguous() throws {
    let path = try place(["A/0.png", "A/1.png", "B/0.jpg", "B/0.png", "B/1.png"])
    #expect(
      message { _ = try DataSet.openPairs(path) }
        == "\(path)/B/0.jpg: and \(path)/B/0.png may both be the partner of '0'; keep one")
  }

  @Test("A pair of unequal size, three folders, and no pictures at all are refused")
  func unsuitable() throws {
    let path = try place(["A/1.png", "B/1.png"])
    try folder.write(gradient(5, 4).pngData(), to: "B/1.png")
    #expect(
      message { _ = try DataSet.openPairs(path) }
        == "\(path)/B/1.png: not the size of \(path)/A/1.png (expected 4x4, found 4x5)")
    try folder.write(gradient(4, 4).pngData(), to: "C/1.png")
    #expect(
      message { _ = try DataSet.openPairs(path) }
        == "\(path): pairs need two folders (expected two, found A/, B/, C/)")
    let empty = try TemporaryFolder()
    #expect(message { _ = try DataSet.openPairs(empty.path) }.contains("it holds no PNG, JPEG,"))
    #expect(message { _ = try DataSet.openPairs("mnist") }.contains("holds no pairs"))
  }

  @Test("Pictures twice as wide as high are two halves")
  func halves() throws {
    let whole = gradient(8, 4, channels: 3)
    try folder.write(whole.pngData(), to: "train/1.png")
    let pairs = try DataSet.openPairs(folder.path)
    #expect(try pairs.a.image(at: 0) == whole.cropped(x: 0, y: 0, width: 4, height: 4))
    #expect(try pairs.b.image(at: 0) == whole.cropped(x: 4, y: 0, width: 4, height: 4))
    try folder.write(gradient(7, 4).pngData(), to: "train/2.png")
    #expect(
      message { _ = try DataSet.openPairs(folder.path) }.contains("not two pictures side by side"))
  }

  @Test("Halves may be wider than high")
  func wideHalves() throws {
    let whole = gradient(12, 4)
    try folder.write(whole.pngData(), to: "1.png")
    let pairs = try DataSet.openPairs(folder.path)
    #expect(try pairs.b.image(at: 0) == whole.cropped(x: 6, y: 0, width: 6, height: 4))
  }

  @Test("A derived set is paired with its digits")
  func derived() throws {
    let pairs = try DataSet.openPairs("edges", split: .test)
    let digit = try pairs.b.image(at: 7)
    #expect(try pairs.a.image(at: 7) == DigitOutline().picture(of: digit, number: 0))
  }

  @Test("Domains: trainA and trainB, any two folders, two sets", arguments: [false, true])
  func domains(asTar: Bool) throws {
    let path = try place(
      [
        "trainA/1.png", "trainA/2.png", "trainB/x.png", "trainB/y.png", "trainB/z.png",
        "testA/3.png", "testA/4.png", "testB/5.png", "testB/6.png",
      ], asTar: asTar)
    let training = try DataSet.openDomains(path, split: .train)
    #expect(names(training.a, below: path) == ["trainA/1.png", "trainA/2.png"])
    #expect(training.b.count == 3)
    let test = try DataSet.openDomains(path, split: .test)
    #expect(names(test.b, below: path) == ["testB/5.png", "testB/6.png"])
    let two = try DataSet.openDomains("mnist", other: path, split: .all)
    #expect(two.a.count == 70_000 && two.b.count == 9)
  }

  @Test("Built-in domains never share a digit")
  func disjoint() throws {
    let domains = try DataSet.openDomains("textured", split: .test)
    let (a, b) = (
      names(domains.a, below: ""), names(domains.b, below: "")
    )
    #expect(a.count == 5000 && b.count == 5000 && Set(a).isDisjoint(with: b))
    #expect(try domains.a.image(at: 0).channels == 1 && domains.b.image(at: 0).channels == 3)
  }

  @Test("A missing or one-image domain is refused")
  func poorDomains() throws {
    let path = try place(["trainA/1.png", "trainA/2.png", "trainB/1.png"])
    #expect(
      message { _ = try DataSet.openDomains(path) }
        == "\(path): too few images in domain B (expected at least 2, found 1)")
    let alone = try TemporaryFolder()
    try alone.write(gradient(4, 4).pngData(), to: "trainA/1.png")
    #expect(
      message { _ = try DataSet.openDomains(alone.path) }.hasSuffix(
        "two domains need two folders or a second set "
          + "(expected such as trainA/ and trainB/, found A/)"))
    #expect(message { _ = try DataSet.openDomains("mnist") }.contains("is one domain"))
  }

  @Test("CamVid's photos and labels are pairs, cats and dogs are domains")
  func real() throws {
    guard let camvid = RealData.path("camvid256.tar"), let animals = RealData.path("cat2dog.tar")
    else { return }
    let pairs = try DataSet.openPairs(camvid, split: .test)
    #expect(pairs.a.count == 233 && pairs.a.name(at: 0).contains("/label/"))
    let domains = try DataSet.openDomains(animals)
    #expect(domains.a.count == 590 && domains.b.count == 590)
  }
}
