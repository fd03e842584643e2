import GANKit

extension DataShape {
  /// Stops unless a condition on the sides of the images holds.
  ///
  /// - Throws: `ConfigError` naming the system, what it needs and what was found.
  func check(_ condition: Bool, _ system: String, needs what: String) throws {
    guard condition else {
      throw ConfigError.data(
        "\(system) needs \(what), found \(width)x\(height); choose with --size")
    }
  }

  /// Stops unless the images are square and their side is a power of two.
  func checkPowerOfTwo(_ system: String, from least: Int, to most: Int = .max) throws {
    let range = "from \(least) " + (most == .max ? "up" : "to \(most)")
    try check(
      width == height && (least...most).contains(height) && height & (height - 1) == 0, system,
      needs: "square images of a power of two \(range)")
  }

  /// Stops unless there are classes to tell apart.
  func checkClasses(_ system: String, of images: String = "labelled images") throws {
    guard classes >= 2 else {
      throw ConfigError.data("\(system) needs \(images) of at least two classes")
    }
  }
}
