import Foundation
import TestSupport
import Testing
import Torch

@Suite("Safetensors files", .reproducible)
struct SafetensorsTests {
  /// One tensor of every type, of odd sizes, so that careless packing misaligns some.
  static func sample() -> [String: Tensor] {
    var result: [String: Tensor] = [
      "scalar": .scalar(0.1), "none": .zeros([3, 0, 2]), "a/b \"c\" é": Tensor([1, 2, 3]),
      "turned": Tensor.randn([2, 3]).transposed(),
    ]
    for dtype in DType.allCases {
      result["every.\(dtype)"] = Tensor([0, 1, 1, 0, 1] as [Float]).cast(to: dtype)
    }
    return result
  }

  @Test("what is written is read")
  func roundTrip() throws {
    let metadata = ["note": "two\nlines, ünïcode / \"quotes\"", "": "empty key"]
    let tensors = Self.sample()
    let data = try SafetensorsFile(tensors: tensors, metadata: metadata).encoded()
    let file = try SafetensorsFile(data, path: "memory")
    #expect(file.metadata == metadata)
    #expect(file.tensors.keys.sorted() == tensors.keys.sorted())
    for (key, tensor) in tensors {
      expectEqual(try #require(file.tensors[key]), tensor, key)
    }
  }

  @Test("the same tensors give the same bytes, the header ends on 8 bytes")
  func deterministic() throws {
    let tensors = Self.sample()
    let file = SafetensorsFile(tensors: tensors, metadata: ["a": "1", "b": "2"])
    let data = try file.encoded()
    #expect(try file.encoded() == data)
    #expect(headerLength(data) % 8 == 0)
  }

  /// Readers that map a file take elements where they lie.
  @Test("every tensor starts at a multiple of its element size")
  func aligned() throws {
    let tensors = Self.sample()
    let data = try SafetensorsFile(tensors: tensors).encoded()
    let text = data.dropFirst(8).prefix(headerLength(data))
    let header = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    for (key, tensor) in tensors {
      let entry = try #require(header[key] as? [String: Any])
      let offsets = try #require(entry["data_offsets"] as? [Int])
      #expect(offsets[0] % tensor.dtype.byteCount == 0, "\(key)")
    }
  }

  private func headerLength(_ data: Data) -> Int {
    data.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  @Test("no tensors, no metadata")
  func empty() throws {
    let file = try SafetensorsFile(try SafetensorsFile(tensors: [:]).encoded(), path: "memory")
    #expect(file.tensors.isEmpty && file.metadata.isEmpty)
  }

  @Test("a slice of a larger buffer is read like a buffer")
  func slices() throws {
    let data = try SafetensorsFile(tensors: ["x": .ones([3])]).encoded()
    let slice = (Data([1, 2, 3]) + data).dropFirst(3)
    #expect(try SafetensorsFile(slice, path: "memory").tensors["x"]?.floats == [1, 1, 1])
  }

  @Test("a file that is not there, a folder")
  func missing() throws {
    for path in ["/nowhere/x.safetensors", "/"] {
      let error = #expect(throws: SafetensorsError.self) {
        try SafetensorsFile(readingFrom: URL(fileURLWithPath: path))
      }
      #expect(error?.description.hasPrefix(path) == true)
    }
  }
}
