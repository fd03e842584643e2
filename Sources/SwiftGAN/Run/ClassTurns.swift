/// The classes of samples, which take turns.
package enum ClassTurns {
  /// `count` classes so that at any place each has come as often as its share says, up to one. Equal
  /// shares are 0, 1, 2, ... in turn. How many are drawn changes none of the first.
  ///
  /// - Parameter shares: for each class a weight, such as the number of its images; not all 0.
  package static func labels(_ count: Int, shares: [Int]) -> [Int] {
    let classes = shares.indices.filter { shares[$0] > 0 }
    precondition(!classes.isEmpty, "no class has a share")
    var drawn = [Int](repeating: 0, count: shares.count)
    return (0..<count).map { _ in
      let next = classes.min { due(drawn[$0], shares[$0]) < due(drawn[$1], shares[$1]) } ?? 0
      drawn[next] += 1
      return next
    }
  }

  /// When a class that has been drawn so often is due again, as a part of all draws.
  private static func due(_ drawn: Int, _ share: Int) -> Double {
    (Double(drawn) + 0.5) / Double(share)
  }
}
