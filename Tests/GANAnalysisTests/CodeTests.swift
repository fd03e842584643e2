import GANData
import GANKit
import GANTraining
import GANZoo
import Testing
import Torch

@testable import GANAnalysis

@Suite("Codes")
struct CodeTests {
  /// Bright where `isBright(row, column)` says so.
  private func image(_ side: Int = 9, _ isBright: (Int, Int) -> Bool) -> Tensor {
    let pixels = (0..<side * side).map { isBright($0 / side, $0 % side) ? Float(1) : Float(-1) }
    return Tensor(pixels, shape: [1, 1, side, side])
  }

  @Test("Moments of simple figures are known")
  func moments() {
    let figures = [
      image { $0 == $1 }, image { $0 + $1 == 8 }, image { row, _ in row == 4 },
      image { _, column in column == 2 || column == 6 }, image { _, _ in false },
      image { _, column in column > 0 && column < 4 },
    ]
    let found = ImageMoments(of: .concatenated(figures))
    let slants: [Float] = [1, -1, 0, 0, 0, 0]
    // A row of nine pixels has variance (81 - 1) / 12, two columns 4 apart 4, three (9 - 1) / 12.
    let variances: [Double] = [20.0 / 3, 20.0 / 3, 20.0 / 3, 4, 0, 2.0 / 3]
    let widths = variances.map { Float($0.squareRoot()) }
    for index in figures.indices {
      #expect(abs(found.slant.floats[index] - slants[index]) < 1e-4, "\(index)")
      #expect(abs(found.width.floats[index] - widths[index]) < 1e-4, "\(index)")
    }
  }

  @Test("Categories stand for the class that most training images have, or the surest one")
  func sorting() {
    let found = CategorySorting(
      "c1", categories: 4,
      training: (
        [0, 0, 0, 1, 1, 2, 2], [0.5, 0.6, 0.9, 0.8, 0.7, 0.9, 0.4], [5, 5, 1, 7, 7, 3, 2]
      ),
      tests: ([0, 0, 0, 1, 2, 3], [5, 5, 1, 7, 2, 9]))
    #expect(found.classes == [5, 7, 2, nil])
    #expect(found.error == 2.0 / 6 && found.training == 7 && found.tests == 6)
    // By the surest image category 0 stands for 1, 1 for 7 and 2 for 3.
    #expect(found.confidentError == 4.0 / 6)
  }

  @Test("Correlations are those within sweeps")
  func correlations() {
    let up = Tensor([0, 1, 2, 0, 1, 2] as [Float])
    let far = Tensor([0, 2, 4, 100, 102, 104] as [Float])
    #expect(abs(correlation(up, far, within: 3) - 1) < 1e-9)
    #expect(abs(correlation(up, -1 * far, within: 3) + 1) < 1e-9)
    #expect(correlation(up, far, within: 6) < 0.1)
    #expect(correlation(up, .ones([6]), within: 3) == 0)
    let some = Tensor([1, 0, 2] as [Float])
    #expect(abs(correlation(Tensor([0, 1, 2] as [Float]), some, within: 3) - 0.5) < 1e-9)
  }

  @Test("A sweep keeps the noise of its row and runs over the values")
  func sweep() throws {
    let code = LatentCode.named([.categorical(3), .continuous(-1...1)], from: 2)[1]
    #expect(CodeSweep(all: code, steps: 5).values == [-1, -0.5, 0, 0.5, 1])
    let noise = Tensor((0..<12).map { Float($0) }, shape: [2, 6])
    let latent = CodeSweep(code, [-1, 1]).latent(noise)
    #expect(latent.shape == [4, 6] && latent.selected(1, 5).floats == [-1, 1, -1, 1])
    #expect(latent[1].floats == [0, 1, 2, 3, 4, 1] && latent[2].floats == [6, 7, 8, 9, 10, -1])
  }

  @Test("An untrained system's codes mean nothing, and everything is drawn")
  func untrained() throws {
    Randomness.seed(2)
    var config = InfoGAN.Config()
    (config.width, config.features, config.recognitionWidth, config.noiseSize) = (4, 16, 8, 4)
    let shape = DataShape(channels: 1, height: 16, width: 16, classes: 10)
    let recipe = InfoGAN(config, for: RunShape(data: shape), on: .cpu)
    let analysis = CodeAnalysis(of: recipe, on: .cpu)
    let meanings = analysis.meanings(sweeps: 4, seed: 1)
    #expect(meanings.map(\.code) == ["c2", "c3"])
    #expect(meanings.allSatisfy { abs($0.slant) <= 1 && abs($0.width) <= 1 })
    var data = DataConfiguration(source: "mnist", size: 16)
    data.shape = shape
    let images = try PreparedImages(data, split: .test)
    let sorting = try analysis.sorting(
      training: (images, Array(0..<300)), tests: (images, Array(300..<600)))
    #expect(sorting.count == 1 && sorting[0].classes.count == 10 && sorting[0].error > 0.4)
    let scene = analysis.scene(rows: 2, seed: 1, notes: sorting)
    #expect(!scene.png().isEmpty)
  }
}
