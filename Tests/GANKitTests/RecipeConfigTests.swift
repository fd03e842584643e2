import Foundation
@testable import GANKit
import Testing

/// Fields of every kind; the style decides the widths and the rate.
private struct SampleConfig: RecipeConfig {
  enum Style: String, ConfigChoice { case plain, fancy }

  @Setting(.choice("decides the widths and the rate")) var style = Style.plain
  @Setting(.count("how many")) var count = 10
  @Setting(.rate("how fast")) var rate = 0.5
  @Setting(.weight("how much")) var weight = 10.0
  @Setting(.widths("how wide")) var widths = [1, 2]
  @Setting(.flag("whether at all")) var isOn = true
  @Setting(.init("what it is called", expected: "a short word") { $0.count < 9 }) var name = "x"

  init() {}

  var defaults: SampleConfig {
    var config = SampleConfig()
    config.style = style
    if style == .fancy { (config.rate, config.widths) = (0.25, [7]) }
    return config
  }

  func checkTogether() throws {
    try ConfigError.check(isOn || count == 10, "isOn", isOn, "true where count is not 10")
  }
}

@Suite("Configuration fields as text")
struct RecipeConfigTests {
  private func set(_ field: String, _ value: String) throws -> SampleConfig {
    try SampleConfig().setting([(field, value)])
  }

  private func message(_ field: String, _ value: String) -> String {
    do {
      _ = try set(field, value)
      return "accepted"
    } catch {
      return "\(error)"
    }
  }

  @Test("values of every kind")
  func values() throws {
    #expect(try set("count", "12").count == 12)
    #expect(try set("count", "1e3").count == 1000)
    #expect(try set("count", "-3").count == -3)
    #expect(try set("rate", "2e-4").rate == 2e-4)
    #expect(try set("rate", "3").rate == 3)
    #expect(try set("weight", "0.5").weight == 0.5)
    #expect(try set("widths", "3").widths == [3])
    #expect(try set("widths", "3,4, 5").widths == [3, 4, 5])
    #expect(try set("widths", "").widths.isEmpty)
    #expect(try set("isOn", "false").isOn == false)
    #expect(try set("isOn", "TRUE").isOn)
    #expect(try set("name", "a,b").name == "a,b")
    #expect(try set("style", "fancy").style == .fancy)
  }

  @Test("the last of several assignments counts")
  func repeated() throws {
    #expect(try SampleConfig().setting([("count", "1"), ("count", "2")]).count == 2)
    #expect(try SampleConfig().setting([]) == SampleConfig())
  }

  @Test("an unknown field is named, with the nearest there is")
  func unknown() {
    #expect(
      message("wdiths", "3") == "unknown configuration field 'wdiths'; did you mean 'widths'?")
    #expect(message("learningMomentum", "3") == "unknown configuration field 'learningMomentum'")
    #expect(throws: ConfigError.unknownField("Count", nearest: "count")) { try set("Count", "3") }
  }

  @Test(
    "values of the wrong kind are named with what was expected",
    arguments: [
      ("count", "many", "a finite number, found 'many'"),
      ("count", "1.5", "a whole number in range, found 1.5"),
      ("count", "99999999999999999999", "a whole number in range, found 1e+20"),
      ("count", "-1e300", "a whole number in range, found -1e+300"),
      ("rate", "nan", "a finite number, found 'nan'"),
      ("rate", "inf", "a finite number, found 'inf'"),
      ("rate", "-infinity", "a finite number, found '-infinity'"),
      ("rate", "1e400", "a finite number, found '1e400'"),
      ("rate", "", "a finite number, found ''"),
      ("rate", "1,2", "a finite number, found '1,2'"),
      ("isOn", "yes", "true or false, found 'yes'"),
      ("isOn", "1", "true or false, found '1'"),
      ("widths", "3,x", "a finite number, found 'x'"),
      ("widths", "3,,4", "a finite number, found ''"),
      ("widths", "3,4.5", "whole numbers with commas between them, found 3,4.5"),
      ("style", "bold", "one of plain, fancy, found 'bold'"),
    ])
  func wrong(field: String, value: String, expected: String) {
    #expect(message(field, value) == "configuration field '\(field)': expected \(expected)")
  }

  @Test("a choice takes the defaults that go with it, in any order")
  func variants() throws {
    let fancy = try set("style", "fancy")
    #expect(fancy == SampleConfig.with { $0.style = .fancy })
    #expect(fancy.rate == 0.25 && fancy.widths == [7])

    for settings in [
      [("style", "fancy"), ("rate", "0.5")], [("rate", "0.5"), ("style", "fancy")],
    ] {
      let config = try SampleConfig().setting(settings)
      #expect(config.rate == 0.5 && config.widths == [7])
    }
    // A value set before is kept.
    let changed = try set("widths", "9").setting([("style", "fancy")])
    #expect(changed.widths == [9] && changed.rate == 0.25)
    #expect(try fancy.setting([("style", "plain")]) == SampleConfig())
  }

  @Test("a configuration from fields needs all of them and no others")
  func decoding() throws {
    var object = try SampleConfig().jsonObject()
    #expect(try SampleConfig.decoded(from: object) == SampleConfig())
    object["count"] = nil
    #expect(throws: ConfigError.invalid("count", found: "nothing", expected: "a value")) {
      try SampleConfig.decoded(from: object)
    }
    object["count"] = .text("ten")
    #expect(throws: ConfigError.invalid("count", found: "ten", expected: "a whole number in range"))
    {
      try SampleConfig.decoded(from: object)
    }
    object["count"] = .integer(1)
    object["widts"] = .integer(1)
    #expect(throws: ConfigError.unknownField("widts", nearest: "widths")) {
      try SampleConfig.decoded(from: object)
    }
    object["widts"] = nil
    object["isOn"] = .integer(1)
    #expect(throws: ConfigError.invalid("isOn", found: "1", expected: "true or false")) {
      try SampleConfig.decoded(from: object)
    }
    object["isOn"] = .bool(true)
    object["widths"] = .integer(3)
    #expect(
      throws: ConfigError.invalid(
        "widths", found: "3", expected: "whole numbers with commas between them")
    ) { try SampleConfig.decoded(from: object) }
  }

  @Test("fields are told in the order of declaration")
  func fields() {
    let fields = SampleConfig.fields
    #expect(
      fields.map(\.name) == ["style", "count", "rate", "weight", "widths", "isOn", "name"])
    #expect(fields[0].choices == ["plain", "fancy"] && fields[1].choices == nil)
    #expect(fields[2].meaning == "how fast")
  }

  @Test("in JSON a setting is its plain value")
  func json() throws {
    let data = try JSONEncoder().encode(SampleConfig())
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["count"] as? Int == 10 && object["style"] as? String == "plain")
    #expect(object["widths"] as? [Int] == [1, 2] && object.count == 7)
  }

  private func message<Value>(of rule: SettingRule<Value>, _ value: Value) -> String? {
    do {
      try rule.check(value, "f")
      return nil
    } catch {
      return "\(error)"
    }
  }

  /// Checks which values a kind of field takes, and what it says of the others.
  private func check<Value>(
    _ rule: SettingRule<Value>, good: [Value], bad: [Value], expected: String
  ) {
    for value in good { #expect(message(of: rule, value) == nil, "\(value)") }
    for value in bad {
      let text = "configuration field 'f': expected \(expected), found \(value)"
      #expect(message(of: rule, value) == text)
    }
  }

  @Test("ranges")
  func ranges() throws {
    check(
      SettingRule<Int>.count("m"), good: [1, 65_536], bad: [0, -1, 65_537, .max, .min],
      expected: "a whole number from 1 to 65536")
    check(
      SettingRule<Int>.count("m", in: 0...64), good: [0, 64], bad: [-1, 65],
      expected: "a whole number from 0 to 64")
    check(
      SettingRule<Int>.duration("m"), good: [0, 1_000_000_000], bad: [-1, 1_000_000_001],
      expected: "a whole number from 0 to 1000000000")
    check(SettingRule<Int>.oneOf([4, 5], "m"), good: [4, 5], bad: [3, 6], expected: "4 or 5")
    check(
      SettingRule<Double>.rate("m"), good: [1e-9, 10],
      bad: [0, -1e-9, 10.001, .nan, .infinity], expected: "a number above 0 and at most 10")
    check(
      SettingRule<Double>.fraction("m"), good: [0, 0.999], bad: [1, -1e-9, .nan, .infinity],
      expected: "a number from 0 up to, not including, 1")
    check(
      SettingRule<Double>.share("m"), good: [0, 1], bad: [1.001, -1e-9, .nan],
      expected: "a number from 0 to 1")
    check(
      SettingRule<Double>.weight("m"), good: [0, 1e9], bad: [-1e-9, .nan, .infinity],
      expected: "a finite number, at least 0")
  }

  @Test("the widths of layers: some, and each of them a count")
  func widths() {
    let rule = SettingRule<[Int]>.widths("m")
    #expect(message(of: rule, [1]) == nil)
    #expect(message(of: rule, Array(repeating: 65_536, count: 64)) == nil)
    let prefix = "configuration field 'f': expected"
    #expect(message(of: rule, []) == "\(prefix) from 1 to 64 widths, found 0")
    #expect(
      message(of: rule, Array(repeating: 1, count: 65)) == "\(prefix) from 1 to 64 widths, found 65"
    )
    #expect(message(of: rule, [3, 0]) == "\(prefix) a whole number from 1 to 65536, found 0")
    let three = SettingRule<[Int]>.widths("m", count: 3)
    #expect(message(of: three, [1, 2, 3]) == nil)
    #expect(message(of: three, [1, 2]) == "\(prefix) 3 widths, found 2")
  }

  @Test("validation checks every field, then fields against each other")
  func validation() throws {
    try SampleConfig().validate()
    try set("count", "12").validate()
    for (settings, field) in [
      ([("count", "0")], "count"), ([("name", "abcdefghi")], "name"),
      ([("isOn", "false"), ("count", "12")], "isOn"),
      ([("isOn", "false"), ("count", "0")], "count"),
    ] {
      let config = try SampleConfig().setting(settings)
      let error = #expect(throws: ConfigError.self) { try config.validate() }
      guard case .invalid(let name, _, _)? = error else { continue }
      #expect(name == field)
    }
    #expect(try set("isOn", "false").count == 10)
    try set("isOn", "false").validate()
  }
}

@Suite("Configuration values")
struct ConfigValueTests {
  @Test(
    "go through JSON",
    arguments: [
      ConfigValue.bool(true), .bool(false), .integer(0), .integer(-7), .integer(.max),
      .number(0.1), .number(2e-4), .number(1e300), .text(""), .text("true"), .text("3"),
      .list([]), .list([.integer(1), .integer(2)]), .list([.number(0.5)]), .list([.text("a")]),
    ])
  func roundTrip(_ value: ConfigValue) throws {
    let data = try JSONEncoder().encode(["field": value])
    #expect(try JSONDecoder().decode([String: ConfigValue].self, from: data) == ["field": value])
  }

  @Test("are written as a user writes them")
  func descriptions() {
    #expect(ConfigValue.list([.integer(1), .integer(2)]).description == "1,2")
    #expect(ConfigValue.number(0.0002).description == "0.0002")
    #expect(ConfigValue.text("mlp").description == "mlp")
    #expect(ConfigValue.bool(true).description == "true")
  }

  @Test(
    "the nearest name is at most a slip away",
    arguments: [
      ("dcgna", "dcgan"), ("WGAN-GP", "wgan-gp"), ("wgangp", "wgan-gp"), ("gans", "gan"),
    ])
  func nearest(name: String, expected: String) {
    #expect(nearestName(to: name, among: ["gan", "dcgan", "wgan-gp"]) == expected)
  }

  @Test("no name is near to another word, or among none")
  func noneNear() {
    #expect(nearestName(to: "stylegan2", among: ["cgan", "began", "wgan-gp"]) == nil)
    #expect(nearestName(to: "gan", among: []) == nil)
    #expect(nearestName(to: "", among: ["dcgan"]) == nil)
  }
}
