import Foundation

/// A density that is linear between the points of a file: a line `x,density` for each, x rising, with or
/// without a line of words at the top.
struct DensityTable: Equatable {
  private let xs: [Double]
  /// Scaled to an area of 1.
  private let densities: [Double]
  /// The mass up to each x.
  private let masses: [Double]

  /// - Throws: `DataError` naming the file, and the line where there is one to blame.
  init(readingFrom path: String) throws {
    guard let data = FileManager.default.contents(atPath: path) else {
      throw DataError.cannotRead(path: path, reason: "No such file or directory")
    }
    guard let text = String(data: data, encoding: .utf8) else {
      throw DataError.malformed(path: path, problem: "not a table of x and density (no UTF-8 text)")
    }
    try self.init(text, path: path)
  }

  init(_ text: String, path: String) throws {
    let points = try Self.points(in: text, path)
    func refuse(_ problem: String) -> DataError { .malformed(path: path, problem: problem) }
    guard points.count >= 2 else {
      throw refuse("\(points.count) points of a density (expected lines x,density, at least 2)")
    }
    var sums = [0.0]
    for (a, b) in zip(points, points.dropFirst()) {
      sums.append(sums[sums.count - 1] + (b.x - a.x) * (a.density / 2 + b.density / 2))
    }
    let area = sums[sums.count - 1]
    guard points.contains(where: { $0.density > 0 }) else {
      throw refuse("the density is 0 everywhere (expected some above 0)")
    }
    xs = points.map(\.x)
    densities = points.map { $0.density / area }
    masses = sums.map { $0 / area }
    guard area.isNormal, densities.allSatisfy(\.isFinite),
      (support.upperBound - support.lowerBound).isNormal
    else { throw refuse("numbers too large or too small for an area under the density") }
  }

  private static func points(
    in text: String, _ path: String
  ) throws -> [(x: Double, density: Double)] {
    var points: [(x: Double, density: Double)] = []
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      func refuse(_ problem: String) -> DataError {
        .malformed(path: path, problem: "line \(index + 1): \(problem)")
      }
      let fields = line.split(separator: ",", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      if fields == [""] { continue }
      guard fields.count == 2 else {
        throw refuse("\(fields.count) columns (expected 2: x,density)")
      }
      let numbers = fields.compactMap(Double.init)
      guard numbers.count == 2 else {
        if points.isEmpty, numbers.isEmpty, index == 0 { continue }
        throw refuse("'\(line)' (expected two numbers: x,density)")
      }
      let (x, density) = (numbers[0], numbers[1])
      guard x.isFinite, density.isFinite else {
        throw refuse("'\(line)' (expected finite numbers)")
      }
      guard density >= 0 else { throw refuse("a density of \(density) (expected at least 0)") }
      if let last = points.last, x <= last.x {
        throw refuse("x is \(x) after \(last.x) (expected rising numbers)")
      }
      points.append((x, density))
    }
    return points
  }

  /// From the first piece with mass to the last.
  var support: ClosedRange<Double> {
    let first = masses.lastIndex { $0 == 0 } ?? 0
    let last = masses.firstIndex { $0 == masses[masses.count - 1] } ?? xs.count - 1
    return xs[first]...xs[last]
  }

  func density(at x: Double) -> Double {
    let piece = piece(xs) { $0 <= x }
    let share = (x - xs[piece]) / (xs[piece + 1] - xs[piece])
    return densities[piece] + share * (densities[piece + 1] - densities[piece])
  }

  func cumulative(at x: Double) -> Double {
    let piece = piece(xs) { $0 <= x }
    return masses[piece] + (x - xs[piece]) * (densities[piece] + density(at: x)) / 2
  }

  /// Within a piece the mass is a quadratic function; this form of its root loses no digits.
  func quantile(_ mass: Double) -> Double {
    let piece = piece(masses) { $0 <= mass }
    let (width, start) = (xs[piece + 1] - xs[piece], densities[piece])
    let rest = min(mass, masses[piece + 1]) - masses[piece]
    let slope = (densities[piece + 1] - start) / width
    let divisor = start + max(start * start + 2 * slope * rest, 0).squareRoot()
    return divisor > 0 ? min(xs[piece] + 2 * rest / divisor, xs[piece + 1]) : xs[piece]
  }

  /// The last piece whose beginning is not beyond what is looked for.
  private func piece(_ values: [Double], where isBefore: (Double) -> Bool) -> Int {
    var (low, high) = (0, values.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if isBefore(values[middle]) { low = middle } else { high = middle }
    }
    return low
  }
}
