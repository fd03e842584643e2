import Foundation
import TestSupport
import Testing
import Torch

@Suite("Broken safetensors files", .reproducible)
struct BrokenSafetensorsTests {
  /// Expects a refusal in one line that names the path.
  private func expectRefusal(
    _ data: Data, saying text: String = "not a whole",
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: SafetensorsError.self, sourceLocation: sourceLocation) {
      try SafetensorsFile(data, path: "/some/where.safetensors")
    }
    guard let description = error?.description else { return }
    #expect(
      description.hasPrefix("/some/where.safetensors: not a whole safetensors file: "),
      sourceLocation: sourceLocation)
    let lines = description.split(whereSeparator: \.isNewline)
    #expect(lines.count == 1, sourceLocation: sourceLocation)
    #expect(description.contains(text), "\(description)", sourceLocation: sourceLocation)
  }

  private func file(_ header: String, body: Int = 8) -> Data {
    let text = Data(header.utf8)
    let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Data($0) }
    return length + text + Data(count: body)
  }

  private func entry(_ dtype: String, _ shape: String, _ offsets: String) -> String {
    #"{"x":{"dtype":"\#(dtype)","shape":\#(shape),"data_offsets":\#(offsets)}}"#
  }

  @Test("cut anywhere, or with something appended")
  func cut() throws {
    let data = try SafetensorsFile(tensors: SafetensorsTests.sample()).encoded()
    for length in 0..<data.count { expectRefusal(data.prefix(length)) }
    expectRefusal(data + [0])
  }

  @Test("header lengths that lie", arguments: [9, 1 << 20, 1 << 62, UInt64.max, UInt64.max - 7])
  func headerLength(_ length: UInt64) {
    let prefix = withUnsafeBytes(of: length.littleEndian) { Data($0) }
    expectRefusal(prefix + Data("{}      ".utf8), saying: "the header claims \(length) bytes")
  }

  @Test(
    "headers that are no descriptions",
    arguments: [
      "", "[]", "7", "null", "{", "{\"x\":1}", "{\"x\":{}}", "{\"__metadata__\":{\"a\":1}}",
      "{\"x\":{\"dtype\":\"F32\",\"shape\":[2]}}", "{\"x\":{\"dtype\":1,\"shape\":[2]}}",
      "{\"x\":{\"dtype\":\"F32\",\"shape\":[2.5],\"data_offsets\":[0,8]}}",
      "{\"x\":{\"dtype\":\"F32\",\"shape\":[1e400],\"data_offsets\":[0,8]}}",
      "{\"x\":{\"dtype\":\"F32\",\"shape\":2,\"data_offsets\":[0,8]}}",
      "{\"x\":{\"dtype\":\"F32\",\"shape\":[99999999999999999999],\"data_offsets\":[0,8]}}",
      String(repeating: "[", count: 100_000), "{\"x\":" + String(repeating: "{\"a\":", count: 9999),
    ])
  func headers(_ header: String) {
    expectRefusal(file(header), saying: "the header is no valid JSON description")
  }

  @Test("bytes that are no text")
  func notText() {
    var data = file(entry("F32", "[2]", "[0,8]"))
    data[10] = 0xff
    expectRefusal(data)
  }

  @Test(
    "offsets outside the data, of the wrong length, backwards, too few, too many",
    arguments: [
      "[0,16]", "[8,16]", "[4,8]", "[-8,0]", "[0,-8]", "[8,0]", "[0]", "[]", "[0,8,8]",
      "[0,9223372036854775807]", "[-9223372036854775808,9223372036854775807]",
      "[9223372036854775807,9223372036854775807]",
    ])
  func offsets(_ offsets: String) {
    expectRefusal(file(entry("F32", "[2]", offsets)), saying: "tensor 'x' lies at")
  }

  @Test("the whole data must be taken")
  func hole() {
    expectRefusal(file(entry("F32", "[1]", "[0,4]")), saying: "tensors take 4 of the 8 bytes")
    expectRefusal(file("{}"), saying: "tensors take 0 of the 8 bytes")
  }

  @Test("tensors that overlap or leave a gap")
  func overlap() {
    func pair(_ first: String, _ second: String) -> Data {
      file(
        #"{"a":{"dtype":"U8","shape":[4],"data_offsets":\#(first)},"#
          + #""b":{"dtype":"U8","shape":[4],"data_offsets":\#(second)}}"#)
    }
    expectRefusal(pair("[0,4]", "[0,4]"), saying: "tensor")
    expectRefusal(pair("[0,4]", "[2,6]"), saying: "tensor 'b' lies at")
    expectRefusal(pair("[0,4]", "[5,9]"), saying: "tensor 'b' lies at")
    #expect(throws: Never.self) { try SafetensorsFile(pair("[4,8]", "[0,4]"), path: "") }
  }

  @Test(
    "shapes that lie",
    arguments: [
      "[3]", "[1]", "[]", "[0]", "[2,2]", "[-2]", "[-1,-2]", "[4611686018427387905]",
      "[4294967296,4294967296]", "[2,4611686018427387904,2]", "[0,4611686018427387904,4]",
      "[\(Array(repeating: "1", count: 65).joined(separator: ","))]",
    ])
  func shapes(_ shape: String) {
    expectRefusal(file(entry("F32", shape, "[0,8]")), saying: "tensor 'x' has")
  }

  /// LibTorch multiplies all lengths but the first, also past a zero.
  @Test("an empty shape too large for strides")
  func emptyButHuge() {
    let shape = "[0,4611686018427387904,4611686018427387904]"
    expectRefusal(file(entry("F32", shape, "[0,0]"), body: 0), saying: "impossible shape")
  }

  @Test("types that are not ours", arguments: ["F8_E4M3", "C64", "f32", "", "I16", "U64"])
  func types(_ dtype: String) {
    expectRefusal(
      file(entry(dtype, "[2]", "[0,8]")), saying: "tensor 'x' has the unknown type '\(dtype)'")
  }

  @Test("truth values are 0 or 1")
  func truth() {
    var data = file(entry("BOOL", "[8]", "[0,8]"))
    data[data.count - 1] = 1
    #expect(throws: Never.self) { try SafetensorsFile(data, path: "") }
    data[data.count - 1] = 2
    expectRefusal(data, saying: "truth values")
  }

  @Test("names with line breaks stay in one line")
  func lineBreaks() {
    expectRefusal(file(#"{"a\nb\u2028":{"dtype":"?","shape":[2],"data_offsets":[0,8]}}"#))
  }

  @Test("changed bytes are read or refused, never more")
  func changedBytes() throws {
    let original = try SafetensorsFile(
      tensors: ["a": .ones([2]), "b": Tensor([1, 2]), "c": .zeros([2], dtype: .bool)],
      metadata: ["note": "x"]
    ).encoded()
    var generator = SplitMix(state: 42)
    var (read, refused) = (0, 0)
    for _ in 0..<5000 {
      var data = original
      for _ in 0...Int.random(in: 0..<4, using: &generator) {
        let position = Int.random(in: 0..<data.count, using: &generator)
        data[position] = UInt8.random(in: 0...255, using: &generator)
      }
      do {
        let file = try SafetensorsFile(data, path: "/some/where")
        for tensor in file.tensors.values { _ = tensor.doubles }
        read += 1
      } catch let error as SafetensorsError {
        #expect(error.description.hasPrefix("/some/where: "))
        let lines = error.description.split(whereSeparator: \.isNewline)
        #expect(lines.count == 1)
        refused += 1
      }
    }
    #expect(read > 100 && refused > 1000)
  }
}

/// Steele, Lea and Flood 2014.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = (state ^ (state >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
