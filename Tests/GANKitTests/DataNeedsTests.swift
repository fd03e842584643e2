import GANKit
import Testing

@Suite("What networks ask of images")
struct DataNeedsTests {
  private func nearest(_ needs: DataNeeds, _ height: Int, _ width: Int) -> [Int] {
    let found = needs.nearest(height: height, width: width)
    return [found.height, found.width]
  }

  private func allows(_ needs: DataNeeds, _ height: Int, _ width: Int) -> Bool {
    (try? needs.check(DataShape(channels: 1, height: height, width: width), for: "x")) != nil
  }

  @Test("Halved images: the shorter side is a power of two, the longer one in quarters of it")
  func halved() {
    let needs = DataNeeds.halvings(from: 16)
    #expect(allows(needs, 16, 16) && allows(needs, 16, 20) && allows(needs, 64, 32))
    #expect(!allows(needs, 16, 18) && !allows(needs, 24, 48) && !allows(needs, 8, 16))
  }

  @Test("The nearest size keeps proportions as well as it can")
  func nearestSizes() {
    let halved = DataNeeds.halvings(from: 16)
    #expect(nearest(halved, 28, 28) == [32, 32])
    #expect(nearest(halved, 321, 481) == [256, 384] && nearest(halved, 481, 321) == [384, 256])
    // Small images get a border, for which the longer side is rounded up.
    #expect(nearest(halved, 28, 33) == [32, 40])
    for (height, width) in [(28, 33), (321, 481), (1000, 17)] {
      let found = nearest(halved, height, width)
      #expect(allows(halved, found[0], found[1]), "\(found)")
    }
    #expect(nearest(.squares(powerOfTwoFrom: 16), 321, 481) == [256, 256])
    #expect(nearest(.multiples(of: 4, from: 8), 321, 481) == [320, 480])
    #expect(nearest(.none, 321, 481) == [321, 481])
  }

  @Test("What lies in an image is smaller than its shorter side")
  func extents() throws {
    let needs = DataNeeds.multiples(of: 4, from: 8).longer(than: ["largestHole": 16])
    #expect(allows(needs, 20, 24) && !allows(needs, 16, 16) && !allows(needs, 32, 12))
    let error = #expect(throws: ConfigError.self) {
      try needs.check(DataShape(channels: 1, height: 32, width: 16), for: "x")
    }
    #expect(
      error?.description
        == "configuration field 'largestHole': expected less than 16, the shorter side of the "
        + "images, found 16")
  }

  @Test("A refusal says what is needed, height first")
  func words() {
    #expect(
      throws: ConfigError.size(
        "x needs images whose shorter side is a power of two from 16 up, the longer in quarters of it",
        found: "18x16")
    ) {
      try DataNeeds.halvings(from: 16).check(
        DataShape(channels: 1, height: 18, width: 16), for: "x")
    }
  }
}
