import HTTPTypes
import Testing

@testable import GANServe

@Suite("Values of a request")
struct ValueTests {
  private let parameters = [
    Parameter("count", .integer(1...9), "A number."), Parameter("seed", .seed, "A seed."),
    Parameter("share", .number(0...1), "A share."),
    Parameter("way", .choice(["ab", "ba"]), "A way."),
    Parameter("name", .text(), "Text."), Parameter("code", .text(pattern: "[a-c]+"), "A code."),
  ]

  private func values(_ query: String?) throws -> Values {
    try Values(path: [:], query: query, of: parameters)
  }

  @Test("right ones are read, decoded and typed")
  func right() throws {
    let values = try values(
      "count=9&seed=9223372036854775807&share=0.5&way=ba&name=a+b%26&code=abc")
    #expect(values.integer("count") == 9 && values.seed("seed") == UInt64(Int64.max))
    #expect(values.number("share") == 0.5 && values["way"] == "ba")
    #expect(values["name"] == "a b&" && values["code"] == "abc")
    #expect(try self.values(nil)["count"] == nil)
    #expect(try self.values("name=")["name"] == "")
  }

  @Test(
    "wrong ones are refused by name",
    arguments: [
      "count=0", "count=10", "count=+1", "count=01", "count=x", "count=", "seed=-1",
      "seed=9223372036854775808", "share=1.1", "share=nan", "share=inf", "way=AB", "code=abd",
      "code=", "count=1&count=1",
    ])
  func wrong(_ query: String) {
    let error = #expect(throws: APIError.self) { try values(query) }
    let name = query.prefix { $0 != "=" }
    #expect(error?.status == .badRequest && error?.description.hasPrefix("\(name): ") == true)
  }

  @Test("unknown names and bytes that are no text are refused")
  func unknown() {
    for query in ["other=1", "name=%ff", "%ff=1", "name=%2"] {
      #expect(throws: APIError.self) { try values(query) }
    }
  }
}
