import Foundation
import GANData
import Testing

@Suite("Mosaics")
struct MosaicTests {
  @Test("Pixelated and clear pictures lie under equal names, below their split and class")
  func mosaic() throws {
    let scratch = try Scratch()
    try scratch.makePictures("set/train", count: 6)
    try scratch.makePictures("set/test", count: 4)
    let line = "data mosaic set --box 4,4,8,8 --output pairs --json"
    let result = try scratch.gan(line.split(separator: " ").map(String.init))
    let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
    #expect(json?["pairs"] as? [String: Int] == ["train": 6, "test": 4])
    #expect(json?["meanShare"] as? Double == 0.25)
    func pixels(_ name: String) throws -> [UInt8] {
      try DecodedImage(decoding: [UInt8](scratch.data(name)), name: name).pixels
    }
    for (split, count) in [(Split.train, 6), (.test, 4)] {
      let pairs = try DataSet.openPairs(scratch.path("pairs").path, split: split)
      #expect(pairs.a.count == count && pairs.b.count == count)
    }
    for split in ["train", "test"] {
      let names = scratch.names("pairs/\(split)/A/odd")
      #expect(names == scratch.names("set/\(split)/odd") && !names.isEmpty)
      for name in names {
        let (a, b) = (
          try pixels("pairs/\(split)/A/odd/\(name)"), try pixels("pairs/\(split)/B/odd/\(name)")
        )
        #expect(b == (try pixels("set/\(split)/odd/\(name)")))
        let changed = a.indices.filter { a[$0] != b[$0] }
        #expect(!changed.isEmpty)
        #expect(changed.allSatisfy { (4..<12).contains($0 % 16) && (4..<12).contains($0 / 16) })
      }
    }
  }

  @Test(
    "A mosaic goes where the classifier responds, or at random; the same every time",
    arguments: ["--classifier digits", "--random --block 3"])
  func chosenMosaic(way: String) throws {
    let scratch = try Scratch()
    let outputs = try ["one", "two"].map { folder in
      let line = "data mosaic mnist --count 3 \(way) --output \(folder)"
      let result = try scratch.gan(line.split(separator: " ").map(String.init))
      #expect(result.status == 0 && result.output.contains("3 train, 3 test"), "\(result)")
      let classes = scratch.names("\(folder)/test/A")
      return try classes.flatMap { name in
        try scratch.names("\(folder)/test/A/\(name)").map {
          let (a, b) = (
            try scratch.data("\(folder)/test/A/\(name)/\($0)"),
            try scratch.data("\(folder)/test/B/\(name)/\($0)")
          )
          #expect(a != b)
          return a
        }
      }
    }
    #expect(outputs[0].count == 3 && outputs[0] == outputs[1])
  }

  static let mosaicMistakes = [
    BadCommand("data mosaic pictures --output p", "--box", "nothing"),
    BadCommand("data mosaic pictures --random --box 0,0,4,4 --output p", "--box and --random"),
    BadCommand("data mosaic pictures --box 10,10,8,8 --output p", "16x16"),
    BadCommand("data mosaic pictures --random --block 1 --output p", "--block"),
    BadCommand("data mosaic pictures --random --output pictures", "pictures", "even"),
    BadCommand("data mosaic nowhere --random --output p", "nowhere"),
    BadCommand("data mosaic pictures --classifier nowhere.safetensors --output p", "nowhere"),
  ]

  @Test("Wrong options of a mosaic are one line", arguments: mosaicMistakes)
  func wrongMosaic(command: BadCommand) throws {
    let scratch = try Scratch()
    try scratch.makePictures(count: 4)
    let result = try scratch.gan(command.arguments)
    #expect(result.failed(command.status, naming: command.words), "\(result)")
    #expect(!scratch.exists("p"))
  }
}
