/// Order of names that counts digits by their value, so that class 2 comes before class 10, and depends
/// on nothing but the names' bytes otherwise.
public func naturalOrder(_ a: String, _ b: String) -> Bool {
  var (left, right) = (Array(a.utf8)[...], Array(b.utf8)[...])
  while let x = left.first, let y = right.first {
    if x.isDigit, y.isDigit {
      let (one, other) = (left.takeNumber(), right.takeNumber())
      if one.count != other.count { return one.count < other.count }
      if one != other { return one.lexicographicallyPrecedes(other) }
    } else if x != y {
      return x < y
    } else {
      left.removeFirst()
      right.removeFirst()
    }
  }
  if left.count != right.count { return left.count < right.count }
  // Equal numbers with other leading zeros, as `1` and `01`.
  return a.utf8.count != b.utf8.count ? a.utf8.count < b.utf8.count : byteOrder(a, b)
}

extension UInt8 {
  fileprivate var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }
}

extension ArraySlice<UInt8> {
  /// The digits at its beginning, without leading zeros.
  fileprivate mutating func takeNumber() -> ArraySlice<UInt8> {
    let digits = prefix { $0.isDigit }
    self = self[digits.endIndex...]
    return digits.drop { $0 == UInt8(ascii: "0") }
  }
}
