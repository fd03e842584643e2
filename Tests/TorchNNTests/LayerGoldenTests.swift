import Goldens
import TestSupport
import Testing
import Torch

@Suite("Layers against PyTorch", .reproducible)
struct LayerGoldenTests {
  @Test("every fixture has a layer")
  func tableIsComplete() throws {
    #expect(try Fixture.names(of: "layers") == layerTable.keys.sorted())
  }

  @Test("forward, gradients, buffers, evaluation", arguments: layerTable.keys.sorted())
  func agrees(_ name: String) throws { try replay(name, .contiguous) }

  @Test("the same with channels innermost", arguments: layerTable.keys.sorted())
  func agreesInOtherLayout(_ name: String) throws { try replay(name, .channelsLast) }

  @Test("a difference is found and named")
  func difference() throws {
    let replay = GoldenReplay(on: .cpu, .bfloat16)
    try replay.replayLayer("linear")
    #expect(replay.problems == [])
    #expect(replay.worst > 0.01)
  }

  private func replay(_ name: String, _ format: MemoryFormat) throws {
    let replay = GoldenReplay()
    try replay.replayLayer(name, format)
    #expect(replay.problems == [])
  }
}
