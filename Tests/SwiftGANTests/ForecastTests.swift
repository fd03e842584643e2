import SwiftGAN
import Testing

@Suite("How long a run will take")
struct ForecastTests {
  @Test("is said once, after five seconds of training")
  func once() {
    var forecaster = Forecaster(preset: "small", known: ["small", "paper"])
    #expect(forecaster.forecast(after: 100, left: 900) == nil)
    #expect(forecaster.forecast(after: 104, left: 800) == nil)
    let forecast = forecaster.forecast(after: 105, left: 700)
    #expect(forecast?.line == "about 11 min 40 s to go")
    #expect(forecaster.forecast(after: 120, left: 600) == nil)
  }

  @Test("names the smaller preset where more than an hour is to go", arguments: [3601.0, 3599])
  func smaller(left: Double) {
    var forecaster = Forecaster(preset: "paper", known: ["small", "paper"])
    _ = forecaster.forecast(after: 0, left: left)
    let forecast = forecaster.forecast(after: 6, left: left)
    #expect(forecast?.smallerPreset == (left > 3600 ? "small" : nil))
    var photos = Forecaster(preset: "photos", known: ["small", "photos", "paper"])
    _ = photos.forecast(after: 0, left: left)
    #expect(photos.forecast(after: 6, left: left)?.smallerPreset == nil)
  }

  @Test("says nothing of a run that ends within a minute, and names no preset that is not there")
  func nothing() {
    var short = Forecaster(preset: nil, known: ["default"])
    _ = short.forecast(after: 0, left: 65)
    #expect(short.forecast(after: 6, left: 59) == nil)
    var long = Forecaster(preset: nil, known: ["default"])
    _ = long.forecast(after: 0, left: 99_999)
    #expect(long.forecast(after: 6, left: 90_000)?.line == "about 25 h 0 min to go")
  }
}
