import GANKit
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Image pools", .reproducible)
struct ImagePoolTests {
  private func pool(_ capacity: Int) -> ImagePool {
    ImagePool(capacity: capacity, shape: [1, 2, 2], on: .cpu)
  }

  /// Images whose pixels all have their number.
  private func images(_ numbers: Range<Int>) -> Tensor {
    Tensor(numbers.map { Float($0) }, shape: [numbers.count, 1, 1, 1]).expanded(
      to: [numbers.count, 1, 2, 2])
  }

  private func numbers(_ images: Tensor) -> [Int] {
    images.selected(3, 0).selected(2, 0).selected(1, 0).integers
  }

  @Test("fills with the first images, which pass")
  func filling() {
    let pool = pool(5)
    #expect(numbers(pool.exchange(images(0..<3))) == [0, 1, 2])
    #expect(numbers(pool.exchange(images(3..<5))) == [3, 4])
    #expect(pool.stateDictionary["images"].map(numbers) == [0, 1, 2, 3, 4])
    #expect(pool.stateDictionary["filled.count"]?.item() == 5)
  }

  @Test("then exchanges about half of them, each at most once")
  func exchanging() {
    let pool = pool(20)
    _ = pool.exchange(images(0..<20))
    var shown: [Int] = []
    for start in stride(from: 20, to: 1020, by: 10) {
      let fresh = start..<(start + 10)
      let result = pool.exchange(images(fresh))
      #expect(result.shape == [10, 1, 2, 2])
      shown += numbers(result)
    }
    let passed = zip(20..., shown).filter { $0 == $1 }.count
    #expect((430...570).contains(passed))
    let old = zip(20..., shown).filter { $0 != $1 }.map(\.1)
    #expect(Set(old).count == old.count)
    #expect(old.allSatisfy { $0 < 1020 })
    // Every place of the pool is used.
    #expect(pool.stateDictionary["images"].map { numbers($0).allSatisfy { $0 > 20 } } == true)
  }

  @Test("never returns a gradient, and never writes into the images it was given")
  func detached() {
    for capacity in [0, 2] {
      let pool = pool(capacity)
      let fresh = images(0..<6).trackingGradient() * 1
      for _ in 0..<4 { #expect(!pool.exchange(fresh).requiresGradient) }
      #expect(numbers(fresh.detached()) == [0, 1, 2, 3, 4, 5])
    }
  }

  @Test("with capacity 0 images pass")
  func none() {
    let pool = pool(0)
    for _ in 0..<5 { #expect(numbers(pool.exchange(images(0..<4))) == [0, 1, 2, 3]) }
  }

  @Test("goes on identically after its state is restored")
  func restored() throws {
    let first = pool(4)
    for start in [0, 3, 6] { _ = first.exchange(images(start..<(start + 3))) }
    let second = pool(4)
    try second.load(first.stateDictionary.mapValues { $0.cloned() })
    let state = Randomness.state(of: .cpu)
    let expected = (0..<5).map { numbers(first.exchange(images((10 + $0 * 3)..<(13 + $0 * 3)))) }
    try Randomness.restore(state, of: .cpu)
    let found = (0..<5).map { numbers(second.exchange(images((10 + $0 * 3)..<(13 + $0 * 3)))) }
    #expect(found == expected)
    #expect(
      second.stateDictionary["images"].map(numbers) == first.stateDictionary["images"].map(numbers))
  }

  @Test("takes images of 16 bits, as a generator draws them inside an autocast")
  func narrow() {
    let pool = pool(2)
    for _ in 0..<4 {
      #expect(pool.exchange(images(0..<3).cast(to: .bfloat16)).dtype == .float32)
    }
  }
}
