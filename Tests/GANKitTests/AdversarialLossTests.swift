import GANKit
import TestSupport
import Testing
import Torch
import TorchNN

@Suite("Adversarial losses", .reproducible)
struct AdversarialLossTests {
  static let table: [String: AdversarialLoss] = [
    "non-saturating": .nonSaturating(),
    "non-saturating-smoothed": .nonSaturating(realLabel: 0.9),
    "minimax": .minimax,
    "least-squares": .leastSquares(),
    "least-squares-pearson": .leastSquares(fake: -1, real: 1, generated: 0),
    "wasserstein": .wasserstein,
    "hinge": .hinge,
  ]
  static let cases = table.keys.sorted().flatMap { loss in
    ["extreme", "map", "vector"].map { (loss: loss, logits: $0) }
  }

  @Test("every file of adversarial losses is compared")
  func coverage() throws {
    let files = try Fixture.names(of: "losses").filter {
      try Fixture("losses/\($0)").tensors["d_loss"] != nil
    }
    #expect(files == Self.cases.map { "\($0.loss)-\($0.logits)" }.sorted())
  }

  @Test("values and gradients equal PyTorch's", arguments: cases)
  func agrees(loss name: String, logits: String) throws {
    let fixture = try Fixture("losses/\(name)-\(logits)")
    let loss = try #require(Self.table[name])
    let real = try fixture("real").trackingGradient()
    let fake = try fixture("fake").trackingGradient()

    let lossD = loss.discriminator(real: real, fake: fake)
    expectClose(lossD, try fixture("d_loss"), "discriminator")
    let gradientsD = gradients(of: lossD, withRespectTo: [real, fake])
    expectClose(gradientsD[0], try fixture("d_grad_real"), relative: 1e-4, "real")
    expectClose(gradientsD[1], try fixture("d_grad_fake"), relative: 1e-4, "fake")

    let lossG = loss.generator(fake: fake)
    expectClose(lossG, try fixture("g_loss"), "generator")
    let gradientG = gradients(of: lossG, withRespectTo: [fake])[0]
    expectClose(gradientG, try fixture("g_grad_fake"), relative: 1e-4, "generator")
  }

  @Test("finite differences in float64", arguments: table.keys.sorted())
  func differences(_ name: String) throws {
    let loss = try #require(Self.table[name])
    let points = [Tensor.randn([5], dtype: .float64), .randn([5], dtype: .float64)]
    finiteDifferenceCheck(at: points) { loss.discriminator(real: $0[0], fake: $0[1]) }
    finiteDifferenceCheck(at: [points[1]]) { loss.generator(fake: $0[0]) }
  }

  @Test("logits of 16 bits are widened before anything is computed", arguments: table.keys.sorted())
  func widened(_ name: String) throws {
    let loss = try #require(Self.table[name])
    let critic = Linear(6, 1)
    let (real, fake) = (Tensor.randn([16, 6]), Tensor.randn([16, 6]))
    withAutocast(to: .bfloat16, on: .cpu) {
      let judged = inOnePass(real, fake) { critic($0) }
      #expect(judged.real.dtype == .bfloat16)
      let lossD = loss.discriminator(real: judged.real, fake: judged.fake)
      let (wideReal, wideFake) = (
        judged.real.cast(to: .float32), judged.fake.cast(to: .float32)
      )
      expectEqual(lossD.detached(), loss.discriminator(real: wideReal, fake: wideFake).detached())
      let lossG = loss.generator(fake: judged.fake)
      expectEqual(lossG.detached(), loss.generator(fake: wideFake).detached())
    }
  }

  @Test("one pass over both equals two passes")
  func onePass() {
    let critic = Sequential {
      Conv2d(2, 4, kernel: 3, padding: 1)
      LeakyReLU(0.2)
      Flatten()
      Linear(4 * 36, 1)
      Flatten(from: 0)
    }
    let (real, fake) = (Tensor.randn([3, 2, 6, 6]), Tensor.randn([5, 2, 6, 6]))
    var passes = 0
    let judged = inOnePass(real, fake) {
      passes += 1
      return critic($0)
    }
    #expect(passes == 1)
    expectClose(judged.real, critic(real), "real")
    expectClose(judged.fake, critic(fake), "fake")
  }
}
