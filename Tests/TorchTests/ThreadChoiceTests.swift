import Testing
import Torch

@Suite("The number of threads")
struct ThreadChoiceTests {
  private func choice(_ speeds: [Int: Double]) -> ThreadChoice {
    ThreadChoice(among: speeds.map { ThreadChoice.Speed(threads: $0, speed: $1) })
  }

  @Test("a quiet machine gets all, noise does not decide")
  func quiet() {
    #expect(choice([1: 1000, 2: 1800]) == ThreadChoice(2))
    #expect(choice([1: 1050, 2: 1000]).threads == 2)
    #expect(choice([1: 1050, 2: 1000]).remark == nil)
  }

  @Test("where others use the cores, the fastest number is taken and it is said")
  func busy() {
    let found = choice([1: 1000, 2: 300])
    #expect(found.threads == 1 && found.most == 2)
    #expect(found.remark?.contains("1 of 2 threads") == true)
    #expect(choice([1: 1000, 8: 4000, 15: 6000, 16: 900]).threads == 15)
  }

  @Test("is measured among the numbers that there are, and leaves the library's own as it was")
  func measured() {
    let before = LibTorch.threads
    #expect((1...2).contains(ThreadChoice.measured(upTo: 2).threads))
    #expect(ThreadChoice.measured(upTo: 1) == ThreadChoice(1))
    #expect(LibTorch.threads == before)
  }
}
