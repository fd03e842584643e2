import Foundation

/// A picture of a person as a folder's tables tell of it.
package struct PosedPicture {
  let file, person: String
  let isFrontal: Bool
  /// Left eye, right eye, nose and mouth, x and y in pixels.
  let points: [Double]

  package init(_ file: String, person: Int, isFrontal: Bool, points: [Double]) {
    (self.file, self.person, self.isFrontal) = (file, "\(person)", isFrontal)
    self.points = points
  }
}

/// Writes `poses.csv` and `landmarks.csv` of pictures into their folder.
package func writeTables(of pictures: [PosedPicture], into folder: URL) throws {
  let poses = pictures.map { "\($0.file),\($0.person),\($0.isFrontal ? "frontal" : "profile")" }
  let points = pictures.map { picture in
    ([picture.file] + picture.points.map { "\($0)" }).joined(separator: ",")
  }
  for (name, head, rows) in [
    ("poses.csv", "path,person,pose", poses),
    ("landmarks.csv", "path,x1,y1,x2,y2,x3,y3,x4,y4", points),
  ] {
    try ([head] + rows).joined(separator: "\n").write(
      to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
  }
}
