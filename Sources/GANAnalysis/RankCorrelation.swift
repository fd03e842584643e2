/// Spearman's rank correlation of pairs `(a[i], b[i])`, from -1 to 1: whether two quantities rank
/// things alike. Equal values share the mean of their ranks. `nil` where one of them never changes.
///
/// - Precondition: as many values of both, all finite.
public func rankCorrelation(_ a: [Double], _ b: [Double]) -> Double? {
  precondition(a.count == b.count, "rank correlation of \(a.count) with \(b.count) values")
  let (x, y) = (centeredRanks(a), centeredRanks(b))
  func product(_ u: [Double], _ v: [Double]) -> Double { zip(u, v).reduce(0) { $0 + $1.0 * $1.1 } }
  let scale = (product(x, x) * product(y, y)).squareRoot()
  return scale > 0 ? product(x, y) / scale : nil
}

/// Ranks less their mean.
private func centeredRanks(_ values: [Double]) -> [Double] {
  values.map { value in
    let (below, equal) = (values.count { $0 < value }, values.count { $0 == value })
    return Double(below) + Double(equal) / 2 - Double(values.count) / 2
  }
}
