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
  }

  @Test("A line covers what lies within half its width")
  func line() {
    var scene = Scene(width: 20, height: 10)
    scene.add(.line([Place(2, 5), Place(18, 5)], .black, width: 2))
    let pixels = Raster.picture(scene).pixels
    func grey(_ x: Int, _ y: Int) -> UInt8 { pixels[(y * 20 + x) * 3] }
    #expect(grey(10, 4) == 0x22 && grey(10, 5) == 0x22)
    #expect(grey(10, 2) == 255 && grey(10, 7) == 255 && grey(0, 5) == 255)
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
    #expect(Raster.picture(scene).pixels[6 * 8 * 3] == 9)
  }

  @Test("Every printable letter has strokes on the grid, and names escape in SVG")
  func font() {
    for character in "ABCXYZabcdefghijklmnopqrstuvwxyz0123456789./,:-+()%=_" {
      let strokes = StrokeFont.strokes(of: character)
      #expect(!strokes.isEmpty && strokes.allSatisfy { $0.count > 1 }, "\(character)")
      #expect(strokes.joined().allSatisfy { $0.x <= 4 && $0.y <= 8 }, "\(character)")
    }
    var scene = Scene(width: 8, height: 8)
    scene.write("a<b & c>", at: Place(0, 8))
    #expect(String(decoding: scene.svg(), as: UTF8.self).contains("a&lt;b &amp; c&gt;"))
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
