import Foundation
import Testing

@testable import GANData

@Suite("Turned and frontal pictures")
struct PoseTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Three turned and two frontal pictures of each of so many people, and a table of them.
  @discardableResult
  private func faces(of people: Int, table: String = "faces/poses.csv") throws -> String {
    var lines = ["pose,order,path,identity"]
    for person in 1...people {
      for (order, pose) in ["profile", "threequarter", "frontal", "other", "Frontal"].enumerated() {
        let name = "faces/\(person)/\(order).png"
        try folder.write(gradient(4, 4, from: person * 10 + order).pngData(), to: name)
        lines.append("\(pose),\(order),\(name),\(person)")
      }
    }
    try folder.write(Array(lines.joined(separator: "\r\n").utf8), to: table)
    return folder.path
  }

  private func names(_ source: any ImageSource) -> [String] {
    (0..<source.count).map { index in
      source.name(at: index).split(separator: "/").suffix(2).joined(separator: "/")
    }
  }

  @Test("every turned picture belongs to the nearest frontal one, of two to the earlier")
  func pairs() throws {
    let pairs = try DataSet.openPairs(try faces(of: 2))
    #expect(names(pairs.a) == ["1/0.png", "2/0.png", "1/1.png", "2/1.png", "1/3.png", "2/3.png"])
    #expect(names(pairs.b) == ["1/2.png", "2/2.png", "1/2.png", "2/2.png", "1/2.png", "2/2.png"])
    #expect(pairs.names == ("turned", "frontal"))
    #expect(pairs.a.classNames == ["1", "2"] && pairs.b.classNames == ["1", "2"])
    #expect((0..<6).map { pairs.a.label(at: $0) } == [0, 1, 0, 1, 0, 1])
  }

  @Test("every fourth person is held out, from pairs and from images, under a folder's own path")
  func heldOut() throws {
    let path = try faces(of: 9)
    for place in [path, path + "/faces"] {
      #expect(
        try DataSet.openPairs(place, split: .train).a.classNames
          == ["1", "2", "3", "5", "6", "7", "9"])
      #expect(try DataSet.openPairs(place, split: .test).a.classNames == ["4", "8"])
      #expect(try DataSet.openPairs(place, split: .all).a.count == 27)
      let images = try DataSet.open(place, split: .test)
      #expect(images.count == 10 && Set((0..<10).map { images.label(at: $0) }) == [3, 7])
      #expect(try DataSet.open(place, split: .train).count == 35)
    }
  }

  @Test("the table may lie beside the set, and of few people nobody is held out")
  func beside() throws {
    let path = try faces(of: 3, table: "poses.csv") + "/faces"
    #expect(try DataSet.openPairs(path, split: .train).a.count == 9)
    #expect(try DataSet.openPairs(path, split: .test).a.count == 9)
  }

  @Test("pictures that the table does not name are left out of pairs")
  func strangers() throws {
    try faces(of: 2)
    try folder.write(gradient(4, 4).pngData(), to: "other/1.png")
    let pairs = try DataSet.openPairs(folder.path)
    #expect(pairs.a.leftOut == [LeftOutImages(.unpaired, ["\(folder.path)/other/1.png"])])
    #expect(try DataSet.open(folder.path).withoutEmptyClasses().count == 10)
  }

  @Test(
    "a wrong table is told in a line",
    arguments: [
      (
        "path,person\na.png,1",
        "expected the columns path, person (or identity) and pose, found path,person"
      ), ("path,person,pose\na.png,7,profile", "person '7' has no frontal image among 1"),
      ("path,person,pose\nb.png,7,frontal", "line 2: expected a picture of the set, found 'b.png'"),
      ("path,person,pose\na.png,7", "line 2: expected 3 columns"),
      ("path,person,pose,order\na.png,7,x,y", "line 2: expected a number in the column order"),
      (
        "path,person,pose\na.png,7,frontal",
        "no images: all are frontal, so that nothing is to turn"
      ),
    ])
  func wrongTables(table: String, problem: String) throws {
    try folder.write(gradient(4, 4).pngData(), to: "a.png")
    try folder.write(Array(table.utf8), to: "poses.csv")
    #expect(
      message { _ = try DataSet.openPairs(folder.path) } == "\(folder.path)/poses.csv: \(problem)")
  }
}

@Suite("Landmarks")
struct LandmarkTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func source(_ table: String) throws -> any ImageSource {
    for name in ["a", "b"] { try folder.write(gradient(8, 4).pngData(), to: "\(name).png") }
    try folder.write(Array(table.utf8), to: "landmarks.csv")
    return try DataSet.open(folder.path, split: .all)
  }

  private let titles = "y1,path,x1,x2,y2,x3,y3,x4,y4"

  @Test("a table tells the points of each picture, in any order of columns")
  func table() throws {
    let source = try source("\(titles)\n1,b.png,2,3,1,4,2,4,3\n1,a.png,1,3,1,4,2,4,3\n")
    let points = try #require(try source.landmarks())
    #expect(points.map { $0[0] } == [Landmark(x: 1, y: 1), Landmark(x: 2, y: 1)])
    #expect(points.allSatisfy { $0.count == 4 && $0[3] == Landmark(x: 4, y: 3) })
    #expect(try SubsetSource(source, [1]).landmarks()?[0][0].x == 2)
  }

  @Test("points go with the picture as it is prepared", arguments: ImageFit.allCases)
  func prepared(fit: ImageFit) throws {
    let source = try source("\(titles)\n1,b.png,2,3,1,4,2,4,3\n1,a.png,3,3,1,4,2,4,3\n")
    let shares = try source.landmarkShares(ImagePreparation(size: 16, channels: 1, fit: fit))
    // 8x4 becomes 16x16: stretched, its middle 4x4 enlarged, or 8x4 in the middle.
    let expected: [Float] =
      switch fit {
      case .stretch: [3.0 / 8, 1.0 / 4]
      case .crop: [(3 - 2) / 4, 1.0 / 4]
      case .pad: [(3 + 4) / 16, (1 + 6) / 16]
      }
    if fit == .crop {
      // The other picture's first point is cut off with the border, but for its edge.
      #expect(Array(shares[8..<10]) == [0, 0.25])
    }
    #expect(Array(shares[0..<2]) == expected && shares.count == 16)
  }

  @Test(
    "a wrong table is told in a line",
    arguments: [
      ("path,x1,y1\na.png,1,1", "landmarks.csv: expected the columns path,x1,y1,x2,y2,x3,y3,x4,y4"),
      ("path,x1,y1,x2,y2,x3,y3,x4,y4\na.png,1,1,1,1,1,1,1,z", "landmarks.csv: line 2: expected"),
      ("path,x1,y1,x2,y2,x3,y3,x4,y4\na.png,1,1,1,1,1,1,1,1", "b.png: "),
      (
        "path,x1,y1,x2,y2,x3,y3,x4,y4\na.png,1,1,1,1,1,1,1,1\nb.png,1,1,1,1,1,1,1,9",
        "b.png: its landmark 1.0,9.0 lies outside of the 4x8 pixels in use"
      ),
    ])
  func wrongTables(table: String, problem: String) throws {
    let source = try source(table)
    let found = message {
      _ = try source.landmarkShares(ImagePreparation(size: 16, channels: 1, fit: .stretch))
    }
    #expect(found.hasPrefix("\(folder.path)/\(problem)"), "\(found)")
  }

  @Test("a set without them says how they are told")
  func none() throws {
    let digits = try DataSet.open("mnist", split: .test)
    let found = message {
      _ = try digits.landmarkShares(ImagePreparation(size: 28, channels: 1, fit: .pad))
    }
    #expect(found.hasSuffix("has no landmarks; landmarks.csv in the set or beside it tells them"))
  }
}

@Suite("Turned digits")
struct TurnedTests {
  /// Marks of one pixel at the four points of the plane.
  private let marks: DecodedImage = {
    var pixels = [UInt8](repeating: 0, count: 784)
    for (x, y) in [(9, 9), (19, 9), (14, 14), (14, 20)] {
      // A point lies at the corner that four pixels share.
      for place in [(x - 1, y - 1), (x, y - 1), (x - 1, y), (x, y)] {
        pixels[place.1 * 28 + place.0] = 255
      }
    }
    return DecodedImage(width: 28, height: 28, channels: 1, pixels: pixels)
  }()

  @Test("landmarks lie where the plane's points are seen", arguments: [UInt64](1...12))
  func exact(number: UInt64) throws {
    let found = TurnedDigit().picture(of: marks, number: number)
    let points = try #require(TurnedDigit().landmarks(number: number, side: 28))
    for point in [points[0], points[1], points[3]] {
      // The middle of the brightness around the point, which nothing else is near.
      var (sum, x, y) = (0.0, 0.0, 0.0)
      for row in 0..<28 {
        for column in 0..<28 {
          let (dx, dy) = (Double(column) + 0.5 - point.x, Double(row) + 0.5 - point.y)
          guard abs(dx) < 1.6, abs(dy) < 2.6 else { continue }
          let value = Double(found.pixels[row * 28 + column])
          (sum, x, y) = (sum + value, x + value * dx, y + value * dy)
        }
      }
      #expect(sum > 100 && abs(x / sum) < 0.3 && abs(y / sum) < 0.3, "\(x / sum), \(y / sum)")
    }
  }

  @Test("angles lie between 30 and 75 degrees, to both sides, and the plane gets narrower")
  func angles() throws {
    var ratios: [Double] = []
    var left = 0
    for number in 0..<400 as Range<UInt64> {
      let points = try #require(TurnedDigit().landmarks(number: number, side: 28))
      // From twice the side, 10 pixels at an angle are 10 cos / (1 - (5 sin / 56)^2) wide.
      ratios.append((points[1].x - points[0].x) / 10)
      // The nearer side of the plane is the higher one.
      if points[0].y < points[1].y { left += 1 }
      #expect(abs(points[2].x - 14) < 1e-9 && points[2].y == 14)
    }
    let (least, most) = (try #require(ratios.min()), try #require(ratios.max()))
    #expect(least > 0.258 && least < 0.29 && most < 0.869 && most > 0.84)
    #expect((150...250).contains(left))
  }

  @Test("as pairs, the digit and its landmarks; the same each time")
  func pairs() throws {
    let pairs = try DataSet.openPairs("turned", split: .test)
    #expect(pairs.names == ("turned", "digits") && pairs.a.count == 10_000)
    #expect(pairs.a.label(at: 3) == pairs.b.label(at: 3))
    #expect(try pairs.a.image(at: 3) == DataSet.open("turned", split: .test).image(at: 3))
    #expect(try pairs.a.image(at: 3) != pairs.b.image(at: 3))
    let some = SubsetSource(pairs.a, Array(0..<50))
    let shares = try some.landmarkShares(ImagePreparation(size: 32, channels: 1, fit: .pad))
    #expect(shares.count == 400 && shares.allSatisfy { $0 > 0.2 && $0 < 0.8 })
    #expect(try some.landmarks()?.count == 50)
  }
}
