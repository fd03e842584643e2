import GANAnalysis
import Testing

@Suite("Rank correlation")
struct RankCorrelationTests {
  @Test("only the order counts")
  func order() {
    #expect(rankCorrelation([1, 2, 3, 4], [-9, 0, 0.5, 100]) == 1)
    #expect(rankCorrelation([1, 2, 3, 4], [8, 3, 2, -1]) == -1)
  }

  /// 1 - 6 Σd² / (n(n² - 1)) with differences of ranks 0, 1, 1, 1, 1: 1 - 24/120.
  @Test("Spearman's formula")
  func formula() throws {
    let found = try #require(rankCorrelation([10, 20, 30, 40, 50], [1, 3, 2, 5, 4]))
    #expect(abs(found - 0.8) < 1e-12)
  }

  /// Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: 4.5 / √(4.5 · 5).
  @Test("equal values share a rank")
  func ties() throws {
    let found = try #require(rankCorrelation([1, 2, 2, 3], [1, 2, 3, 4]))
    #expect(abs(found - (4.5 / (4.5 * 5).squareRoot())) < 1e-12)
  }

  @Test("a constant has no rank correlation")
  func constant() {
    #expect(rankCorrelation([1, 1, 1], [1, 2, 3]) == nil)
    #expect(rankCorrelation([], []) == nil)
  }
}
