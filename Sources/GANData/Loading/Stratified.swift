extension ImageSource {
  /// The numbers of `count` pictures with as many of each class as of any other, or one more, in an
  /// order decided by `seed`.
  ///
  /// - Throws: `DataError` where the set has no labels or a class too few pictures.
  public func stratified(_ count: Int, seed: UInt64) throws -> [Int] {
    let classes = classNames.count
    var byClass = [[Int]](repeating: [], count: classes)
    for index in ShuffledOrder(count: self.count, seed: seed).permutation(epoch: 0) {
      if let label = label(at: index) { byClass[label].append(index) }
    }
    guard classes > 0, byClass.contains(where: { !$0.isEmpty }) else {
      throw DataError.noImages(path: "data set", detail: "none of them has a label")
    }
    var chosen: [Int] = []
    for label in 0..<classes {
      let share = count / classes + (label < count % classes ? 1 : 0)
      guard byClass[label].count >= share else {
        throw DataError.mismatch(
          path: classNames[label], problem: "too few labelled images of this class",
          expected: "\(share)", found: "\(byClass[label].count)")
      }
      chosen += byClass[label].prefix(share)
    }
    return chosen
  }
}
