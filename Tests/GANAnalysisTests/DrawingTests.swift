import Foundation
import GANData
import Testing

@testable import GANAnalysis

@Suite("Drawing")
struct DrawingTests {
  @Test("Ticks are round numbers within the range")
  func ticks() {
    #expect(Ticks(0...1500).values == [0, 500, 1000, 1500])
    let small = Ticks(-0.013...0.021)
    #expect(small.values.map(small.text) == ["-0.01", "0.00", "0.01", "0.02"])
    #expect(Ticks(1170...1840, about: 3).values == [1200, 1400, 1600, 1800])
    let constant = Ticks(Axes.range(of: [1, 1]), about: 3)
    #expect(constant.values.map(constant.text) == ["0.9", "1.0", "1.1"])
  }

  @Test("A line covers what lies within half its width, a dashed one leaves gaps")
  func line() {
    var scene = Scene(width: 20, height: 10)
    scene.add(.line([Place(2, 5), Place(18, 5)], .black, width: 2))
    scene.add(.line([Place(0, 9), Place(20, 9)], .black, width: 1, dashes: [4, 6]))
    let pixels = Canvas.picture(scene).pixels
    func grey(_ x: Int, _ y: Int) -> UInt8 { pixels[(y * 20 + x) * 3] }
    #expect(grey(10, 4) == 0x22 && grey(10, 5) == 0x22)
    #expect(grey(10, 2) == 255 && grey(10, 7) == 255 && grey(0, 5) == 255)
    #expect(grey(2, 9) < 255 && grey(7, 9) == 255 && grey(12, 9) < 255)
  }

  @Test("Colours and the pixels of pictures arrive as they are")
  func colours() {
    var scene = Scene(width: 12, height: 6)
    scene.add(.area(Place(0, 0), width: 3, height: 6, Ink(0x12_AB_F0)))
    let picture = DecodedImage(
      width: 2, height: 1, channels: 3, pixels: [200, 100, 50, 1, 2, 3])
    scene.add(.picture(picture, Place(4, 1), scale: 3))
    let pixels = Canvas.picture(scene).pixels
    func colour(_ x: Int, _ y: Int) -> [UInt8] {
      Array(pixels[(y * 12 + x) * 3..<(y * 12 + x) * 3 + 3])
    }
    #expect(colour(1, 5) == [0x12, 0xAB, 0xF0])
    #expect(colour(4, 1) == [200, 100, 50] && colour(6, 3) == [200, 100, 50])
    #expect(colour(7, 1) == [1, 2, 3] && colour(9, 3) == [1, 2, 3])
    #expect(colour(10, 1) == [255, 255, 255] && colour(4, 4) == [255, 255, 255])
  }

  @Test("Shapes may lie outside of the paper")
  func outside() {
    var scene = Scene(width: 8, height: 8)
    let picture = DecodedImage(width: 4, height: 4, channels: 1, filledWith: 9)
    scene.add(.picture(picture, Place(-2, 6), scale: 1))
    scene.add(.picture(picture, Place(40, -40), scale: 2))
    scene.add(.line([Place(-50, -50), Place(50, 50)], .black, width: 1))
    scene.add(.area(Place(-5, -5), width: 3, height: 300, .black))
    scene.write("outside", at: Place(-30, 90))
    #expect(Canvas.picture(scene).pixels[6 * 8 * 3] == 9)
  }

  @Test("A drawing may be higher than what Cairo draws at once")
  func high() {
    var scene = Scene(width: 4, height: 40_000)
    scene.add(.line([Place(2, 0), Place(2, 40_000)], .black, width: 2))
    let pixels = Canvas.picture(scene).pixels
    for row in [1, 16_383, 16_384, 32_768, 39_998] {
      #expect(pixels[(row * 4 + 2) * 3] == 0x22 && pixels[row * 4 * 3] == 255, "row \(row)")
    }
  }

  @Test("Text is as wide as it is measured, and stands where it is anchored")
  func text() {
    let name = "loss/G of run 7"
    let width = Typeface.width(of: name, size: 8)
    #expect(width > 60 && width < 140)
    #expect(Typeface.width(of: name + name, size: 8) > 1.9 * width)
    for (anchor, left) in [
      (Scene.Anchor.start, 150.0), (.middle, 150 - width / 2), (.end, 150 - width),
    ] {
      var scene = Scene(width: 300, height: 30)
      scene.write(name, at: Place(150, 20), size: 8, anchor)
      let pixels = Canvas.picture(scene).pixels
      let columns = (0..<300).filter { x in (0..<30).contains { pixels[($0 * 300 + x) * 3] < 200 } }
      #expect(abs(Double(columns.first ?? -9) - left) < 3, "\(anchor)")
      #expect(abs(Double(columns.last ?? -9) - left - width) < 3, "\(anchor)")
    }
    let short = Typeface.shortened("runs/" + name, to: width, size: 8)
    #expect(short.hasPrefix("..") && short.hasSuffix("run 7"))
    #expect(Typeface.width(of: short, size: 8) <= width)
  }

  @Test("SVG says in words what it shows, and is well-formed whatever names there are")
  func vector() throws {
    var scene = Scene(width: 80, height: 20)
    scene.write("a<b & \u{7}c>", at: Place(0, 8))
    scene.write("second", at: Place(0, 18))
    scene.add(
      .picture(DecodedImage(width: 2, height: 2, channels: 1, filledWith: 9), Place(2, 2), scale: 3)
    )
    let svg = String(decoding: scene.svg(), as: UTF8.self)
    #expect(svg.contains("<title>a&lt;b &amp; ?c&gt;</title>"))
    #expect(svg.contains("<desc>a&lt;b &amp; ?c&gt;; second</desc>"))
    #expect(svg.contains("role=\"img\"") && svg.contains("image-rendering:pixelated"))
    #expect(svg.contains("width=\"80px\"") && svg.contains("data:image/png;base64,"))
    #expect(svg.hasSuffix("</svg>\n"))
  }

  @Test("Names of a legend keep within its width and do not touch")
  func legend() {
    let names =
      (0..<20).map { "runs/experiment-\($0): loss/G" } + [String(repeating: "long/", count: 99)]
    var scene = Scene(width: 500, height: 400)
    let legend = Legend(names, from: 20, width: 460)
    legend.draw(in: &scene, top: 0, sign: .line)
    var ends: [Double: Double] = [:]
    var written = 0
    for case .text(let text, let place, let size, _, _) in scene.shapes {
      let end = place.x + Typeface.width(of: text, size: size)
      #expect(place.x > ends[place.y] ?? 0 && end <= 480.01, "\(text)")
      ends[place.y] = end
      written += 1
    }
    #expect(written == names.count && Double(ends.count) * 18 == legend.height)
    #expect(Style(0).dashes != Style(8).dashes && Style(0).ink == Style(8).ink)
  }

  @Test("Lines of the log that are no numbers are left out; missing numbers stay missing")
  func log() throws {
    let text = """
      {"step":1,"epoch":0.1,"loss/D":2.5,"loss/G":null}
      {"step":2,"epoch":0.2,"loss/D":2,"loss/G":1}
      {"step":3,"ep
      """
    let metrics = MetricHistory.parsed(Data(text.utf8))
    #expect(metrics.keys.sorted() == ["loss/D", "loss/G"])
    #expect(metrics["loss/D"]?.map(\.step) == [1, 2])
    #expect(metrics["loss/G"]?.map(\.value) == [nil, 1])
  }
}
