import Goldens
import TestSupport
import Testing
import Torch

/// The first steps of every system against an independent PyTorch implementation.
@Suite("Recipes against PyTorch", .reproducible)
struct RecipeGoldenTests {
  @Test("the first steps", arguments: TinySystem.all)
  func agrees(_ system: TinySystem) throws {
    let replay = GoldenReplay()
    try replay.replaySystem(system.name)
    #expect(replay.problems == [])
  }

  /// What the check of a GPU allows there is what bfloat16 needs here.
  @Test("the first step in bfloat16", arguments: TinySystem.all)
  func agreesRoughly(_ system: TinySystem) throws {
    let replay = GoldenReplay(on: .cpu, .bfloat16)
    try replay.replaySystem(system.name)
    #expect(replay.problems == [])
  }
}
