import Testing

@testable import GANData

@Suite("Sequences of frames")
struct SequenceTests {
  @Test("Frames whose numbers count up are in windows, whatever the step and the order")
  func windows() {
    let names = ["a/f_10.png", "a/f_4.png", "a/f_7.png", "a/f_13.png", "b/1.jpg", "b/2.jpg"]
    let found = FrameWindows(names: names, length: 3)
    #expect(found.windows == [[1, 2, 0], [2, 0, 3]])
    #expect(found.sequences == 2 && found.gaps.isEmpty)
  }

  @Test("No window spans a gap, which is named by the frame before it")
  func gaps() {
    let names = [1, 2, 3, 5, 6, 7, 8].map { "shot/\($0).png" }
    let found = FrameWindows(names: names, length: 3)
    #expect(found.windows == [[0, 1, 2], [3, 4, 5], [4, 5, 6]])
    #expect(found.gaps == ["shot/3.png"] && found.sequences == 2)
  }

  @Test("Other words are another sequence, and names without numbers none")
  func sequences() {
    let names = ["x1.png", "x2.png", "y3.png", "z.png", "a.b/left.png", "a2/c1.png"]
    let found = FrameWindows(names: names, length: 2)
    #expect(found.windows == [[0, 1]])
    #expect(found.sequences == 5 && found.gaps.isEmpty)
    #expect(FrameWindows(names: names, length: 3).windows.isEmpty)
  }

  @Test("Digits move evenly and stay whole; outlines are where their digits are")
  func moving() throws {
    let pairs = try DataSet.openPairs("moving", split: .test)
    #expect(pairs.a.count == 6000 && pairs.b.count == 6000)
    let ink = { (image: DecodedImage) in image.pixels.reduce(0) { $0 + Int($1) } }
    for digit in 0..<20 {
      let frames = try (0..<6).map { try pairs.b.image(at: digit * 6 + $0) }
      #expect(Set(frames.map(ink)).count == 1 && ink(frames[0]) > 0)
      #expect(frames[0] != frames[1] && frames[1] != frames[2])
      #expect(frames.allSatisfy { $0.size == ImageSize(side: 40) })
      let (outline, plain) = (try pairs.a.image(at: digit * 6 + 3), frames[3])
      let around = SoftOutline().picture(of: plain, number: 0)
      #expect(outline == around)
    }
  }

  @Test("The parts of the set are apart, and the domains share no digit")
  func parts() throws {
    let all = try DataSet.open("moving", split: .all)
    #expect(try DataSet.open("moving", split: .train).count == 30_000 && all.count == 36_000)
    let domains = try DataSet.openDomains("moving", split: .test)
    let digits = { (source: any ImageSource) in
      Set((0..<source.count).map { source.name(at: $0).split(separator: "/").dropLast().last })
    }
    #expect(digits(domains.a).isDisjoint(with: digits(domains.b)))
    #expect(FrameWindows(of: domains.a, length: 3).windows.count == 500 * 4)
    #expect(FrameWindows(of: domains.b, length: 3).gaps.isEmpty)
  }
}
