import Foundation
import Testing

@testable import GANData

@Suite("Attributes as classes and domains")
struct AttributeTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Where the table lies, seen from the images' folder.
  enum Home: String, CaseIterable {
    case top = "list_attr_celeba.txt"
    case below = "Anno/list_attr_celeba.txt"
    case beside = "../list_attr_celeba.txt"
  }

  /// Eight images: an odd number is Round, a multiple of three Red, 5 Tall.
  private static let table = lines(
    ["8", "Round Red Tall"]
      + (0..<8).map { number in
        let flags = [number % 2 == 1, number % 3 == 0, number == 5].map { $0 ? " 1" : "-1" }
        return "\(number).jpg \(flags.joined(separator: " "))"
      })

  private static func lines(_ lines: [String]) -> [UInt8] {
    Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  /// Writes `images/0.png` to `images/7.png` and further files as a folder or an archive, and returns
  /// its path. A file called `../name` lies beside it.
  private func place(
    _ more: [String: [UInt8]], below images: String = "images/", asTar: Bool = false
  ) throws -> String {
    var files = more
    for number in 0..<8 { files["\(images)\(number).png"] = gradient(4, 4, from: number).pngData() }
    var tar = TarBuilder()
    for (name, bytes) in files.sorted(by: { $0.key < $1.key }) {
      if name.hasPrefix("../") {
        try folder.write(bytes, to: String(name.dropFirst(3)))
      } else if asTar {
        tar.add(name, bytes)
      } else {
        try folder.write(bytes, to: "set/\(name)")
      }
    }
    return asTar ? try folder.write(tar.finished(), to: "set.tar") : folder.path + "/set"
  }

  private func names(_ source: any ImageSource) -> [String] {
    (0..<source.count).map { (source.name(at: $0) as NSString).lastPathComponent }
  }

  private func labels(_ source: any ImageSource) -> [Int?] {
    (0..<source.count).map { source.label(at: $0) }
  }

  @Test("One attribute: without and with it", arguments: Home.allCases, [false, true])
  func one(home: Home, asTar: Bool) throws {
    let path = try place([home.rawValue: Self.table], asTar: asTar)
    let images = try DataSet.open(path, attributes: ["Red"])
    #expect(images.classNames == ["not Red", "Red"] && images.leftOut.isEmpty)
    #expect(labels(images) == [1, 0, 0, 1, 0, 0, 1, 0])
    let domains = try DataSet.openDomains(path, attributes: ["Red"])
    #expect(names(domains.a) == ["0.png", "3.png", "6.png"] && domains.b.count == 5)
    #expect(domains.a.classNames.isEmpty && domains.a.label(at: 0) == nil)
  }

  @Test("Several: the images that have just one of them", arguments: [false, true])
  func several(asTar: Bool) throws {
    let path = try place(["list_attr_celeba.txt": Self.table], asTar: asTar)
    let images = try DataSet.open(path, attributes: ["Red", "Round"])
    #expect(images.classNames == ["Red", "Round"])
    #expect(names(images) == ["0", "1", "5", "6", "7"].map { $0 + ".png" })
    #expect(labels(images) == [0, 1, 1, 0, 1] && images.leftOut.total == 3)
    let domains = try DataSet.openDomains(path, attributes: ["Red", "Round"])
    #expect(names(domains.a) == ["0.png", "6.png"] && domains.b.count == 3)
    #expect(domains.a.leftOut.total == 3)
    let named = AttributeClasses.domainNames(of: ["Red"])
    #expect(named.a == "Red" && named.b == "not Red")
  }

  @Test("Attributes stand in the place of folders' classes")
  func overFolders() throws {
    var files = ["list_attr_celeba.txt": Self.table]
    for number in 0..<8 { files["\(number % 2)/\(number).jpg"] = gradient(4, 4).pngData() }
    let path = try place(files, below: "2/")
    let images = try DataSet.open(path, attributes: ["Tall"])
    #expect(images.count == 16 && labels(images).filter { $0 == 1 }.count == 2)
  }

  @Test("The partition holds images out, with attributes and without", arguments: [false, true])
  func partition(asTar: Bool) throws {
    let parts = Self.lines((0..<8).map { "\($0).jpg \($0 < 4 ? 0 : $0 < 6 ? 1 : 2)" })
    let path = try place(
      ["list_attr_celeba.txt": Self.table, "../list_eval_partition.txt": parts], asTar: asTar)
    func count(_ split: Split) throws -> Int { try DataSet.open(path, split: split).count }
    #expect(try [count(.train), count(.test), count(.all)] == [4, 2, 8])
    let training = try DataSet.open(path, attributes: ["Red"])
    #expect(labels(training) == [1, 0, 0, 1])
    // Both classes are in the training images; a test split may lack one.
    #expect(try labels(DataSet.open(path, split: .test, attributes: ["Red"])) == [1, 0])
    #expect(
      message { _ = try DataSet.open(path, attributes: ["Tall"]) }.hasSuffix(
        "none of 4 images has 'Tall', so it makes no two classes"))
    #expect(
      message { _ = try DataSet.openDomains(path, split: .test, attributes: ["Red"]) }.hasSuffix(
        "too few images in domain A (expected at least 2, found 1)"))
  }

  @Test("Validation images serve where there are no test images; one part is no split")
  func partialPartition() throws {
    let parts = Self.lines((0..<8).map { "\($0).png \($0 < 6 ? 0 : 1)" })
    let path = try place(["list_eval_partition.txt": parts])
    #expect(try names(DataSet.open(path, split: .test)) == ["6.png", "7.png"])
    try folder.write(Self.lines((0..<8).map { "\($0).png 0" }), to: "set/list_eval_partition.txt")
    #expect(try DataSet.open(path, split: .test).count == 8)
    try folder.write(
      Self.lines((0..<8).map { "\($0).png \(1 + $0 / 6)" }), to: "set/list_eval_partition.txt")
    #expect(message { _ = try DataSet.open(path) }.hasSuffix("puts none of them into train"))
  }

  @Test("Lists with commas, as Kaggle has them, in a folder in a folder", arguments: [false, true])
  func commas(asTar: Bool) throws {
    let rows = (0..<8).map { "00\($0).jpg,\($0 % 2 == 0 ? 1 : -1),\($0 < 4 ? 1 : 0 - 1)" }
    let path = try place(
      [
        "list_attr_celeba.csv": Self.lines(["image_id,Round,Red"] + rows),
        "list_eval_partition.csv":
          Self.lines(["image_id,partition"] + (0..<8).map { "00\($0).jpg,\($0 < 6 ? 0 : 2)" }),
        "list_bbox_celeba.csv": Self.lines(["image_id,x_1,y_1,width,height", "000.jpg,1,2,3,4"]),
        "list_landmarks_align_celeba.csv": Self.lines(["image_id,lefteye_x", "000.jpg,69"]),
      ], below: "img_align_celeba/img_align_celeba/00", asTar: asTar)
    let images = try DataSet.open(path, attributes: ["Red"])
    #expect(labels(images) == [1, 1, 1, 1, 0, 0])
    #expect(try DataSet.open(path, split: .test).count == 2)
    #expect(try DataSet.open(path, split: .all).classNames.isEmpty)
    #expect(
      message { _ = try DataSet.open(path, attributes: ["Rond"]) }.contains("did you mean 'Round'?")
    )
  }

  @Test("A list beside a set that names other images is passed over, one in it is not")
  func strangePartition() throws {
    let parts = Self.lines(["other.jpg 0", "more.jpg 2"])
    let path = try place(["../list_eval_partition.txt": parts])
    #expect(try DataSet.open(path).count == 8)
    try folder.write(parts, to: "set/list_eval_partition.txt")
    #expect(
      message { _ = try DataSet.open(path) }
        == "\(path)/images/0.png: list_eval_partition.txt has no line for it")
    try folder.write(Self.lines(["0.png 0", "1.png 3"]), to: "set/list_eval_partition.txt")
    #expect(
      message { _ = try DataSet.open(path) }
        == "\(path)/list_eval_partition.txt: line 2: expected a file name and 0, 1 or 2")
  }

  @Test("Folders of splits come before the partition, and names lose them")
  func splitFolders() throws {
    let parts = Self.lines((0..<8).map { "\($0).png 2" })
    let path = try place(["list_eval_partition.txt": parts], below: "train/cat/")
    let images = try #require(try DataSet.open(path, split: .train) as? ImageFiles)
    #expect(images.count == 8 && images.nameInSplit(at: 0) == "cat/0.png")
  }

  static let mistakes: [(attributes: [String], table: [String], problem: String)] = [
    (["Roun"], [], ": no attribute 'Roun'; did you mean 'Round'?"),
    (["Blue_And_Green"], [], ": no attribute 'Blue_And_Green'; it has Round, Red, Tall"),
    (["Wide"], ["8", "Wide"] + (0..<8).map { "\($0).jpg 1" }, ": all 8 images have 'Wide', so"),
    (["Wide"], ["8", "Wide"] + (0..<8).map { "\($0).jpg -1" }, ": none of 8 images has 'Wide'"),
    (["Tall", "Round"], [], ": none of 8 images has 'Tall' without Round"),
    (["Red"], ["1", "Red", "0.jpg 1"], "/images/1.png: list_attr_celeba.txt has no line for it"),
    (["Red"], ["1", "Red", "0.jpg 0"], ".txt: line 3: expected a file name and 1 times 1 or -1"),
    (["Red"], ["2", "Red", "0.jpg 1", "", "1.jpg"], ".txt: line 5: expected a file name"),
    (["Red"], ["2", "Red", "0.jpg 1", "0.jpg 1"], ".txt: line 4: expected an image that no line"),
    (["Red"], ["3", "Red", "0.jpg 1"], "(expected 3 images, found 1)"),
    (["Red"], ["many", "Red"], ".txt: line 1: expected the number of images"),
    (["Red"], [""], ".txt: expected a count, names and a line an image"),
  ]

  @Test("What cannot be is one line naming file and line", arguments: mistakes.indices)
  func unreadable(index: Int) throws {
    let (attributes, table, problem) = Self.mistakes[index]
    let bytes = table.isEmpty ? Self.table : Self.lines(table)
    let path = try place(["list_attr_celeba.txt": bytes])
    let found = message { _ = try DataSet.open(path, attributes: attributes) }
    #expect(found.hasPrefix(path) && found.contains(problem), "\(found)")
  }

  @Test("No table, no folder, too many domains")
  func unsuitable() throws {
    let path = try place([:])
    #expect(
      message { _ = try DataSet.open(path, attributes: ["Red"]) }
        == "\(path): no list_attr_celeba.txt in it or beside it to tell attributes")
    #expect(
      message { _ = try DataSet.open("mnist", attributes: ["Red"]) }
        == "mnist: has no list_attr_celeba.txt to tell attributes")
    #expect(
      message { _ = try DataSet.openDomains(path, attributes: ["A", "B", "C"]) }.hasSuffix(
        "(expected such as Smiling or Black_Hair,Blond_Hair, found 3)"))
  }

  /// Times of day of six of the eight images, in a table of other titles, too.
  private static let times = lines(
    ["sequence,light,order,path"]
      + (0..<6).map { "s,\($0 < 2 ? "dusk" : $0 < 5 ? "day" : "night"),\($0),images/\($0).png" })

  @Test(
    "Values of a column are attributes; what the table does not name is left out",
    arguments: [false, true])
  func columnValues(asTar: Bool) throws {
    let path = try place(["sequences.csv": Self.times], asTar: asTar)
    let one = try DataSet.open(path, attributes: ["light=dusk"])
    #expect(one.classNames == ["not light=dusk", "light=dusk"] && one.leftOut.total == 2)
    #expect(labels(one) == [1, 1, 0, 0, 0, 0])
    let domains = try DataSet.openDomains(path, attributes: ["light=day", "light=dusk"])
    #expect(names(domains.a) == ["2.png", "3.png", "4.png"])
    #expect(names(domains.b) == ["0.png", "1.png"] && domains.a.leftOut.total == 3)
    let mixed = try place(
      ["sequences.csv": Self.times, "list_attr_celeba.txt": Self.table], asTar: asTar)
    #expect(
      try names(DataSet.open(mixed, attributes: ["light=dusk", "Red"]))
        == ["1", "3", "6"].map { $0 + ".png" })
  }

  @Test("A column or value that is not there is one line with what there is")
  func strangeColumns() throws {
    let path = try place(["sequences.csv": Self.times])
    for (attribute, problem) in [
      ("light=dsuk", "/sequences.csv: no 'dsuk' in the column 'light'; did you mean 'dusk'?"),
      ("light=", "/sequences.csv: no '' in the column 'light'; there are day, dusk, night"),
      ("ligth=dusk", ": no table in it has a column 'ligth'; did you mean 'light'?"),
      ("path=dusk", ": no table in it has a column 'path'; there are sequence, light, order"),
      ("sequence=s", ": all 6 images have 'sequence=s', so it makes no two classes"),
    ] {
      let found = message { _ = try DataSet.open(path, attributes: [attribute]) }
      #expect(found.hasPrefix(path) && found.hasSuffix(problem), "\(attribute): \(found)")
    }
    try folder.write(Self.lines(["file,light", "0.png"]), to: "set/sequences.csv")
    #expect(
      message { _ = try DataSet.open(path, attributes: ["light=dusk"]) }
        == "\(path)/sequences.csv: line 2: expected a picture and its 'light'")
    try folder.write(Self.lines(["light,weather", "dusk,dry"]), to: "set/sequences.csv")
    #expect(
      message { _ = try DataSet.open(path, attributes: ["light=dusk"]) }
        == "\(path): no table (.csv) in it that names pictures and has a column 'light'")
  }

  @Test("CelebA's faces by their smile and by the colour of their hair")
  func real() throws {
    guard let path = RealData.path("celeba64.tar") else { return }
    let faces = try DataSet.open(path, attributes: ["Smiling"])
    #expect(labels(faces).filter { $0 == 1 }.count == 4822 && faces.count == 10_000)
    let hair = ["Black_Hair", "Blond_Hair", "Brown_Hair"]
    let coloured = try DataSet.open(path, attributes: hair)
    #expect(coloured.classNames == hair && coloured.count + coloured.leftOut.total == 10_000)
    #expect(hair.indices.allSatisfy { coloured.only($0).count > 1000 })
    #expect(try DataSet.openDomains(path, attributes: ["Male"]).a.count == 4217)
  }

  @Test("Streets at dusk and by day")
  func realStreets() throws {
    guard let path = RealData.path("camvid256.tar") else { return }
    let lights = ["light=dusk", "light=day"]
    let all = try DataSet.openDomains(path, split: .all, attributes: lights)
    #expect(all.a.count == 124 && all.b.count == 577 && all.a.leftOut.total == 701)
    let held = try DataSet.openDomains(path, split: .test, attributes: lights)
    #expect(held.a.count + held.b.count == 233)
  }
}
