import Testing

@testable import GANTraining

@Suite("Falling speed")
struct SpeedWatchTests {
  /// Feeds steps of one length for some seconds of a clock that is not there.
  private func feed(
    _ watch: inout SpeedWatch, _ step: Double, for seconds: Double, phase: String? = nil
  ) -> [SpeedWatch.Slowdown] {
    (0..<Int((seconds / step).rounded())).compactMap { _ in watch.step(lasting: step, in: phase) }
  }

  @Test("a fall to a quarter is told once, within half a minute")
  func fall() throws {
    var watch = SpeedWatch()
    #expect(feed(&watch, 0.1, for: 130).isEmpty)
    let told = feed(&watch, 0.4, for: 30)
    #expect(told.count == 1)
    let slowdown = try #require(told.first)
    #expect(abs(slowdown.best - 10) < 0.1 && abs(slowdown.now - 2.5) < 0.01)
    #expect(feed(&watch, 0.1, for: 120).isEmpty && feed(&watch, 4, for: 300).isEmpty)
  }

  @Test("half the speed, single slow steps, a slow beginning and the first minute are nothing")
  func steady() {
    var watch = SpeedWatch()
    #expect(feed(&watch, 0.4, for: 70).isEmpty && feed(&watch, 0.1, for: 70).isEmpty)
    #expect(feed(&watch, 0.2, for: 200).isEmpty)
    for _ in 0..<50 {
      #expect(watch.step(lasting: 3) == nil)
      #expect(feed(&watch, 0.1, for: 8).isEmpty)
    }
    var early = SpeedWatch()
    #expect(feed(&early, 0.1, for: 25).isEmpty && feed(&early, 1, for: 30).isEmpty)
  }

  @Test("networks that have grown have a speed of their own")
  func phases() {
    var watch = SpeedWatch()
    #expect(feed(&watch, 0.1, for: 130, phase: "8x8").isEmpty)
    #expect(feed(&watch, 0.5, for: 130, phase: "16x16").isEmpty)
    #expect(feed(&watch, 2, for: 60, phase: "16x16").count == 1)
  }

  @Test("slow systems are judged by at least three steps")
  func slowSystem() {
    var watch = SpeedWatch()
    #expect(feed(&watch, 8, for: 80).isEmpty)
    #expect(watch.step(lasting: 40) == nil)
    #expect(watch.step(lasting: 40) != nil || watch.step(lasting: 40) != nil)
  }

  @Test("the line says why and what helps")
  func words() {
    let slowdown = SpeedWatch.Slowdown(best: 10, now: 2.5)
    let busy = ProcessorUse(load: 6.04, cores: 2)
    #expect(
      busy.explanation(slowdown, threads: 2, batchSize: 8)
        == "speed fell to 20 of 80 images/s: other processes use the cores (load 6.0 on 2); "
        + "wait for them, or train with --threads 1, which suffers less")
    #expect(busy.explanation(slowdown, threads: 1, batchSize: 8).hasSuffix("wait for them"))
    let alone = ProcessorUse(load: 2.1, cores: 2)
    #expect(alone.explanation(slowdown, threads: 2, batchSize: 8).contains("throttled"))
  }
}
