import Foundation
import TestSupport
import Testing

@testable import Torch

@Suite("Processes that compute together", .serialized)
struct ProcessGroupTests {
  @Test("the mean of gradients, of which some travel before the others are computed")
  func gradients() throws {
    let found = try inTwoProcesses { group in
      // More than one bucket, in two layouts, one of them without a gradient.
      let wide = Tensor.full([1 << 20], 2).trackingGradient()
      let image = Tensor.full([2, 3, 4, 4], 1).contiguous(.channelsLast).trackingGradient()
      let (idle, scalar) = (
        Tensor.full([3], 1).trackingGradient(), Tensor.full([], 3).trackingGradient()
      )
      let factor = Double(group.rank + 1)
      let loss = (wide * factor).sum() + (image.squared() * factor).sum() + scalar * 10 * factor
      return sharedGradients(of: loss, withRespectTo: [wide, image, idle, scalar])
        .map { ($0.shape, Set($0.doubles), $0.isContiguous(.channelsLast)) }
    }
    for own in found {
      #expect(own.map(\.0) == [[1 << 20], [2, 3, 4, 4], [3], []])
      #expect(own.map(\.1) == [[1.5], [3], [0], [15]])
      #expect(own[1].2)
    }
  }

  @Test("sums are a part of the graph, twice")
  func sums() throws {
    let found = try inTwoProcesses { group in
      let own = Tensor([Float(group.rank + 1)]).trackingGradient()
      let total = group.sum(own)
      // The losses of both, 3³ each: their derivative by either number is 2 · 3 · 3².
      let cube = total * total * total
      let first = Torch.gradients(of: cube, withRespectTo: [own], createGraph: true)
      let second = Torch.gradients(of: first[0].sum(), withRespectTo: [own])
      return [total, first[0], second[0]].map { $0.doubles[0] }
    }
    // The second derivative: of both first ones, 2 · 6 · 3 each, by either number.
    #expect(found == [[3, 54, 72], [3, 54, 72]])
  }

  @Test("largest numbers, bytes of every process, and process 0's tensors")
  func exchange() throws {
    let found = try inTwoProcesses { group in
      let bytes = group.gather(group.rank == 0 ? [7] : [1, 2, 3])
      let nothing = group.gather([])
      let tensors = [
        Tensor.full([2], Double(group.rank)), Tensor([group.rank + 5]),
        Tensor.full([2, 2], Double(group.rank + 2)),
      ]
      group.broadcast(tensors)
      let means = group.average([Tensor.full([2, 1], Double(group.rank))])
      return (
        bytes, nothing, group.maxima([group.rank, -group.rank, 9]), tensors.map(\.doubles),
        means[0].doubles
      )
    }
    for own in found {
      #expect(own.0 == [[7], [1, 2, 3]] && own.1 == [[], []])
      #expect(own.2 == [1, 0, 9])
      #expect(own.3 == [[0, 0], [5], [2, 2, 2, 2]])
      #expect(own.4 == [0.5, 0.5])
    }
  }

  @Test("normalise by the statistics of both where they are to", arguments: [true, false])
  func normalization(_ synchronizes: Bool) throws {
    let input = Tensor.randn([8, 3, 4, 4]) * 5 + 100
    @Sendable func normalized(_ input: Tensor) -> [Tensor] {
      let (scale, offset) = (Tensor([1, 2, 3] as [Float]), Tensor([4, 5, 6] as [Float]))
      let (mean, variance) = (Tensor.zeros([3]), Tensor.ones([3]))
      let tracked = input.trackingGradient()
      let result = tracked.batchNormalized(
        scale: scale, offset: offset, runningMean: mean, runningVariance: variance, training: true,
        momentum: 0.1, epsilon: 1e-5)
      let gradient = Torch.gradients(of: result.squared().sum(), withRespectTo: [tracked])
      return [result.detached(), gradient[0], mean, variance]
    }
    nonisolated(unsafe) let (whole, halves) = (normalized(input), [input[0..<4], input[4..<8]])
    let found = try inTwoProcesses(synchronizingStatistics: synchronizes) { group in
      normalized(halves[group.rank])
    }
    let expected =
      synchronizes
      ? [0..<4, 4..<8].map { [whole[0][$0], whole[1][$0], whole[2], whole[3]] }
      : halves.map(normalized)
    for (own, reference) in zip(found, expected) {
      for (value, wanted) in zip(own, reference) {
        expectClose(value, wanted, relative: 1e-3, absolute: 1e-3)
      }
    }
    #expect(found[0][2].doubles == found[1][2].doubles || !synchronizes)
  }

  @Test("what one of them does alone waits for nobody")
  func aside() throws {
    let found = try inTwoProcesses { group in
      guard group.rank == 0 else { return [Double]() }
      return ProcessGroup.alone {
        let own = Tensor([3] as [Float]).trackingGradient()
        return sharedGradients(of: (own * own).sum(), withRespectTo: [own])[0].doubles
          + [ProcessGroup.current == nil ? 1 : 0]
      } + [ProcessGroup.current === group ? 1 : 0]
    }
    #expect(found == [[6, 1, 1], []])
  }

  @Test("launched processes meet again and again, and a graph outlives its group")
  func groups() throws {
    let port = try freePort()
    let found = try onTwoThreads { rank in
      let place = try #require(
        try ProcessPlace([
          "RANK": "\(rank)", "WORLD_SIZE": "2", "MASTER_ADDR": "localhost",
          "MASTER_PORT": "\(port)",
        ]))
      let own = Tensor([Float(rank + 1)]).trackingGradient()
      // One that waits for an answer of the group before would have another's.
      var totals: [Tensor] = []
      for factor in 1...3 {
        // Process 0 is done with a group later than the other, then earlier.
        if rank == factor % 2 { Thread.sleep(forTimeInterval: 0.2) }
        let group = try ProcessGroup(place, patience: 30)
        totals.append(group.sum(own * Double(factor)))
      }
      return totals.map { total in
        [total.doubles[0], Torch.gradients(of: total * total, withRespectTo: [own])[0].doubles[0]]
      }
    }
    // (f + 2f)², of both, by either number: 2 · 2 · 3f · f.
    let expected = (1...3).map { factor in [3 * Double(factor), 12 * Double(factor * factor)] }
    #expect(found == [expected, expected])
  }

  @Test("a process that is alone computes as ever")
  func alone() {
    let own = Tensor([2] as [Float]).trackingGradient()
    #expect(sharedGradients(of: (own * own).sum(), withRespectTo: [own])[0].doubles == [4])
    #expect(ProcessGroup.total(8) == 8 && ProcessGroup.current == nil)
  }
}

@Suite("Where a process stands")
struct ProcessPlaceTests {
  private let launched = [
    "RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "2",
    "MASTER_ADDR": "10.0.0.1", "MASTER_PORT": "29500",
  ]

  @Test("is what launchers say")
  func launchers() throws {
    let place = try #require(try ProcessPlace(launched))
    #expect((place.rank, place.count, place.localRank, place.localCount) == (3, 4, 1, 2))
    #expect((place.host, place.port) == ("10.0.0.1", 29500))
    #expect(place.launcherKeys == nil)
    let served = launched.merging([
      "TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RESTART_COUNT": "2",
    ]) { $1 }
    #expect(try ProcessPlace(served)?.launcherKeys == "/worker/attempt_2")
    #expect(try ProcessPlace([:]) == nil)
    #expect(try ProcessPlace(["WORLD_SIZE": "1"]) == nil)
  }

  @Test(
    "must be whole",
    arguments: [
      (["RANK": nil], "WORLD_SIZE is there but RANK is not"),
      (["RANK": "4"], "RANK is '4', expected a whole number from 0 to 3"),
      (["WORLD_SIZE": "many"], "WORLD_SIZE is 'many', expected a whole number from 1 to 65536"),
      (["MASTER_ADDR": nil], "WORLD_SIZE is there but MASTER_ADDR is not"),
      (["MASTER_PORT": "0"], "MASTER_PORT is '0', expected a whole number from 1 to 65535"),
    ] as [([String: String?], String)])
  func refusals(_ change: [String: String?], _ message: String) {
    var environment = launched
    for (name, value) in change { environment[name] = value }
    #expect(throws: ProcessGroupError(reason: message)) { try ProcessPlace(environment) }
  }
}
