import Foundation
import Testing

@testable import GANData

@Suite("Labels in files and by name")
struct LabelTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Pictures of those names, and other files.
  private func place(_ pictures: [String], _ more: [String: String]) throws -> String {
    for name in pictures { try folder.write(gradient(3, 3).pngData(), to: name) }
    for (name, text) in more { try folder.write(Array(text.utf8), to: name) }
    return folder.path
  }

  private func labels(_ source: any ImageSource) -> [Int?] {
    (0..<source.count).map { source.label(at: $0) }
  }

  static let tables = [
    "file,label\n0.png,dog\n1.png,cat\n2.png,dog\n",
    "\u{FEFF}Filename,Class\r\n0.png,dog\r\n1.png,cat\r\n2.png,dog\r\n",
    "0.png,dog\n1.png,cat\n2.png,dog",
    "id,breed\n0,dog\n1,cat\n2,dog\n",
    "class,fold,image_id\ndog,1,0.png\ncat,2,1.png\n\"dog\",2,\"2.png\"\n",
    "path,category\nimages/0.png,dog\nimages/1.png, cat\nimages/2.png,dog\n",
  ]

  @Test("A table of labels, with titles or without", arguments: tables)
  func table(text: String) throws {
    let source = try DataSet.open(
      try place(["images/0.png", "images/1.png", "images/2.png"], ["labels.csv": text]))
    #expect(source.classNames == ["cat", "dog"])
    #expect(labels(source) == [1, 0, 1] && source.labelFile == "labels.csv")
    #expect(DataReport(inspecting: source).labelFile == "labels.csv")
  }

  @Test("StyleGAN's labels come before folders; numbers are in their order")
  func json() throws {
    let path = try place(
      ["00000/a.png", "00000/b.png", "00001/c.png"],
      [
        "dataset.json":
          #"{"labels": [["00000/a.png", 10], ["00000/b.png", 2], ["00001/c.png", 2]]}"#
      ])
    let source = try DataSet.open(path)
    #expect(source.classNames == ["2", "10"] && labels(source) == [1, 0, 0])
    try folder.write(
      Array(#"{"labels": [["00000/a.png", [0, 1]], ["00000/b.png", [1, 0]]]}"#.utf8),
      to: "dataset.json")
    // One has no label: it is no class, and left out where classes are asked for.
    let partly = try DataSet.open(path)
    #expect(partly.classNames == ["0", "1"] && labels(partly) == [1, 0, nil])
    let labelled = partly.withoutEmptyClasses()
    #expect(labelled.count == 2 && labelled.leftOut == [LeftOutImages(.unlabelled, count: 1)])
  }

  @Test("JSON of another form and tables of other columns say nothing")
  func others() throws {
    let path = try place(
      ["cat/0.png", "dog/0.png"],
      ["dataset.json": #"{"labels": null}"#, "labels.csv": "x,y,z\n1,2,3\n"])
    let source = try DataSet.open(path)
    #expect(source.classNames == ["cat", "dog"] && source.labelFile == nil)
  }

  @Test("A cut list, a line that lacks the class and a name of two pictures are named")
  func mistakes() throws {
    let path = try place(["a/0.png", "b/0.png"], ["dataset.json": #"{"labels": [["0.p"#])
    #expect(
      message { _ = try DataSet.open(path) } == "\(path)/dataset.json: it is no JSON, or cut")
    try FileManager.default.removeItem(atPath: path + "/dataset.json")
    try folder.write(Array("file,label\na/0.png,1\nb/0.png\n".utf8), to: "labels.csv")
    #expect(
      message { _ = try DataSet.open(path) }
        == "\(path)/labels.csv: line 3: expected a picture and its class")
    try folder.write(Array("file,label\n0.png,1\n".utf8), to: "labels.csv")
    #expect(
      message { _ = try DataSet.open(path) }
        == "\(path)/labels.csv: '0.png' stands for both a/0.png and b/0.png; name the folder, too")
  }

  @Test("Classes are matched by name, whatever their order")
  func matching() throws {
    let path = try place(["cat/0.png", "dog/0.png", "dog/1.png"], [:])
    let source = try DataSet.open(path)
    let names = ["dog", "bird", "cat"]
    let matched = try source.matching(classNames: names)
    #expect(matched.classNames == names && labels(matched) == [2, 0, 0])
    #expect(matched.classCounts == [2, 0, 1])
    #expect(
      message { _ = try source.matching(classNames: ["bird", "cat"]) }
        == "\(path)/dog/0.png: a class that the run does not know "
        + "(expected one of bird, cat, found 'dog')")
    let compact = matched.withoutEmptyClasses()
    #expect(compact.classNames == ["dog", "cat"] && labels(compact) == [1, 0, 0])
  }

  @Test("Names are in their natural order")
  func order() {
    let names = ["10", "2", "b10", "b2", "01", "1", "a", "b2a", "class 3", "class 12"]
    #expect(
      names.sorted(by: naturalOrder)
        == ["1", "01", "2", "10", "a", "b2", "b2a", "b10", "class 3", "class 12"])
  }
}
