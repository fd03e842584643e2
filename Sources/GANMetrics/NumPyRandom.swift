/// The Mersenne twister behind NumPy's `RandomState`, so that subsets drawn from a seed are those of
/// the Python packages (Matsumoto and Nishimura 1998; NumPy's legacy generator is frozen).
struct NumPyRandom {
  private var state: [UInt32]
  private var position = 624

  /// NumPy's `RandomState(seed)`.
  init(seed: UInt32) {
    state = [seed]
    for index in 1..<624 {
      let last = state[index - 1]
      state.append(1_812_433_253 &* (last ^ (last >> 30)) &+ UInt32(index))
    }
  }

  /// 32 random bits.
  mutating func next() -> UInt32 {
    if position == 624 { refill() }
    var value = state[position]
    position += 1
    value ^= value >> 11
    value ^= (value << 7) & 0x9d2c_5680
    value ^= (value << 15) & 0xefc6_0000
    return value ^ (value >> 18)
  }

  private mutating func refill() {
    for index in 0..<624 {
      let mixed = (state[index] & 0x8000_0000) | (state[(index + 1) % 624] & 0x7fff_ffff)
      let twist: UInt32 = mixed & 1 == 1 ? 0x9908_b0df : 0
      state[index] = state[(index + 397) % 624] ^ (mixed >> 1) ^ twist
    }
    position = 0
  }

  /// A number from 0 to `bound`, both included: masked draws until one is not above it.
  mutating func next(through bound: Int) -> Int {
    let bound = UInt32(bound)
    let mask = UInt32.max >> UInt32(bound.leadingZeroBitCount)
    var value = next() & mask
    while value > bound { value = next() & mask }
    return Int(value)
  }

  /// NumPy's `permutation(count)`.
  ///
  /// - Precondition: `count` is below 2³².
  mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    for last in stride(from: count - 1, to: 0, by: -1) {
      order.swapAt(last, next(through: last))
    }
    return order
  }
}
