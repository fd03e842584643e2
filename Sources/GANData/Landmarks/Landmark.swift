/// A point of a picture, such as the middle of an eye: pixels from its upper left corner, x to the
/// right and y down.
public struct Landmark: Sendable, Equatable {
  /// To the right.
  public var x: Double
  /// Down.
  public var y: Double

  /// A point.
  public init(x: Double, y: Double) { (self.x, self.y) = (x, y) }
}

extension ImagePreparation {
  /// Where a point of a picture of this size lies in the prepared one.
  func prepared(_ point: Landmark, of size: ImageSize) -> Landmark {
    let (height, width) = (Double(self.size.height), Double(self.size.width))
    switch fit {
    case .stretch:
      return Landmark(
        x: point.x * width / Double(size.width), y: point.y * height / Double(size.height))
    case .crop:
      let part = size.center(proportionedAs: self.size)
      let (left, top) = ((size.width - part.width) / 2, (size.height - part.height) / 2)
      return Landmark(
        x: (point.x - Double(left)) * width / Double(part.width),
        y: (point.y - Double(top)) * height / Double(part.height))
    case .pad:
      let inner = size.reduced(toFit: self.size)
      let (left, top) = (
        (self.size.width - inner.width) / 2, (self.size.height - inner.height) / 2
      )
      return Landmark(
        x: point.x * Double(inner.width) / Double(size.width) + Double(left),
        y: point.y * Double(inner.height) / Double(size.height) + Double(top))
    }
  }
}

extension ImageSource {
  /// The points of all pictures once they are prepared, x and y as shares of width and height:
  /// `[count, points, 2]`.
  ///
  /// - Throws: `DataError` for a set without landmarks, and naming a picture whose points lie outside
  ///   of what is left of it.
  public func landmarkShares(_ preparation: ImagePreparation) throws -> [Float] {
    guard let landmarks = try landmarks() else {
      throw DataError.malformed(
        path: count > 0 ? name(at: 0) : "data set",
        problem: "has no landmarks; \(LandmarkTable.fileName) in the set or beside it tells them")
    }
    let size = preparation.size
    return try landmarks.enumerated().flatMap { index, points in
      let header = try header(at: index)
      let own = header.size
      return try points.flatMap { point -> [Float] in
        let place = preparation.prepared(point, of: own)
        let shares = [place.x / Double(size.width), place.y / Double(size.height)]
        guard shares.allSatisfy({ (0...1).contains($0) }) else {
          throw DataError.malformed(
            path: name(at: index),
            problem: "its landmark \(point.x),\(point.y) lies outside of the \(own) pixels in use")
        }
        return shares.map { Float($0) }
      }
    }
  }
}
