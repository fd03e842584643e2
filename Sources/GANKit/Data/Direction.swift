/// Which way images are translated.
public enum Direction: String, Codable, Sendable, CaseIterable {
  /// From the first kind of images (inputs, domain A) to the second.
  case ab
  /// From the second to the first.
  case ba

  /// The way back.
  public var reversed: Direction { self == .ab ? .ba : .ab }
}
