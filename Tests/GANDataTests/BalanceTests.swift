import Testing

@testable import GANData

@Suite("Classes drawn equally often")
struct BalanceTests {
  @Test("Each class as often as any other, each of its pictures once in a pass")
  func balanced() throws {
    // Nine of class 0, three of class 2, none of class 1.
    let labels: [Int64] = [0, 0, 0, 2, 0, 0, 2, 0, 0, 2, 0, 0]
    var order = BalancedOrder(labels: labels, seed: 5)
    let drawn = try (0..<6).flatMap { try order.indices(step: $0, batchSize: 3) }
    #expect(drawn.count { labels[$0] == 2 } == 9)
    #expect(Set(drawn.filter { labels[$0] == 0 }).count == 9)
    let rare = drawn.filter { labels[$0] == 2 }
    #expect(stride(from: 0, to: 9, by: 3).allSatisfy { Set(rare[$0..<$0 + 3]) == [3, 6, 9] })
  }

  @Test("A step follows from the seed and its number alone")
  func resumable() throws {
    let labels: [Int64] = [0, 1, 1, 1, 0, 1, 1]
    var (whole, later) = (
      BalancedOrder(labels: labels, seed: 7), BalancedOrder(labels: labels, seed: 7)
    )
    let steps = try (0..<10).map { try whole.indices(step: $0, batchSize: 4) }
    #expect(try later.indices(step: 9, batchSize: 4) == steps[9])
    var other = BalancedOrder(labels: labels, seed: 8)
    #expect(try (0..<10).map { try other.indices(step: $0, batchSize: 4) } != steps)
  }
}
