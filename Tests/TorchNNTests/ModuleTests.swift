import TestSupport
import Testing
import Torch
import TorchNN

/// Every way in which a module can hold parts.
private struct Nested: Layer {
  let stem = Conv2d(2, 4, kernel: 3, padding: 1)
  let blocks: [any Layer] = [PlainBlock(4), BatchNorm(4)]
  let toImage = Sequential {
    LeakyReLU(0.2)
    for _ in 0..<2 { Conv2d(4, 4, kernel: 1, bias: false) }
    Sequential { BatchNorm(4, affine: false) }
  }
  let extra: Linear?
  let gains: [Parameter] = [Parameter(.ones([1])), Parameter(.zeros([2]))]
  let pool: [[Buffer]] = [[Buffer(.zeros([1]))], []]
  let width = 4
  let names = ["not", "a", "module"]
  let loop: Double? = 1

  init(hasExtra: Bool = true) { extra = hasExtra ? Linear(4, 2) : nil }

  func callAsFunction(_ input: Tensor) -> Tensor {
    toImage(blocks.reduce(stem(input)) { $1($0) })
  }
}

private struct Shared: Module {
  let first: Linear
  let second: Linear
  init() {
    first = Linear(2, 2)
    second = first
  }
}

/// A network and its average, which may be missing, beside each other.
private struct Averaged: ModuleGroup {
  let trained: Linear
  let average: Linear?
  var members: [(suffix: String, module: (any Module)?)] { [("", trained), ("_ema", average)] }
}

private struct Grouped: Module {
  let generator: Averaged
  let parts: [Averaged]

  init(hasAverage: Bool) {
    let average = hasAverage ? Linear(2, 1, bias: false) : nil
    generator = Averaged(trained: Linear(2, 1), average: average)
    parts = [Averaged(trained: Linear(1, 1, bias: false), average: average)]
  }
}

/// Names with capitals in a row.
private struct Named: Module {
  let generatorAB = Parameter(.zeros([1]))
  let toRGB = Parameter(.zeros([1]))
  let fromRGBImage = Parameter(.zeros([1]))
  let discriminatorA = Parameter(.zeros([1]))
  let judgeBOptimizer = Parameter(.zeros([1]))
  let numBatchesTracked = Buffer(.zeros([1]))
  let conv1 = Buffer(.zeros([1]))
}

@Suite("Modules", .reproducible)
struct ModuleTests {
  @Test("keys are PyTorch's")
  func keys() {
    let expected = [
      "stem.weight", "stem.bias", "blocks.0.conv1.weight", "blocks.0.conv1.bias",
      "blocks.0.conv2.weight", "blocks.0.conv2.bias", "blocks.1.weight", "blocks.1.bias",
      "blocks.1.running_mean", "blocks.1.running_var", "blocks.1.num_batches_tracked",
      "to_image.1.weight", "to_image.2.weight", "to_image.3.0.running_mean",
      "to_image.3.0.running_var", "to_image.3.0.num_batches_tracked", "extra.weight",
      "extra.bias", "gains.0", "gains.1", "pool.0.0",
    ]
    #expect(Nested().leaves.map(\.key) == expected)
    #expect(
      Nested(hasExtra: false).leaves.map(\.key) == expected.filter { !$0.hasPrefix("extra") })
    let leaves = Set(Nested().namedParameters.map(\.key) + Nested().namedBuffers.map(\.key))
    #expect(leaves == Set(expected))
    #expect(Set(Nested().stateDictionary.keys) == Set(expected))
  }

  @Test("capitals in a row are one word of a key")
  func capitals() {
    let expected = [
      "generator_ab", "to_rgb", "from_rgb_image", "discriminator_a", "judge_b_optimizer",
      "num_batches_tracked", "conv1",
    ]
    #expect(Named().children.map(\.name) == expected)
  }

  @Test("a group is several entries of its parent")
  func groups() throws {
    let trained = ["generator.weight", "generator.bias", "parts.0.weight"]
    #expect(Grouped(hasAverage: false).leaves.map(\.key) == trained)
    let both = Grouped(hasAverage: true)
    #expect(
      both.children.map(\.name) == ["generator", "generator_ema", "parts.0", "parts.0_ema"])
    #expect(
      Set(both.stateDictionary.keys)
        == Set(trained + ["generator_ema.weight", "parts.0_ema.weight"]))
    let copy = Grouped(hasAverage: true)
    try copy.load(both.stateDictionary)
    expectEqual(
      try #require(copy.generator.average).weight.value,
      try #require(both.generator.average).weight.value)
  }

  @Test("parameters are counted")
  func counts() {
    #expect(Linear(3, 5).parameterCount == 20)
    #expect(BatchNorm(7).parameterCount == 14)
    #expect(Sequential { ReLU() }.parameterCount == 0)
    #expect(Nested().parameterCount == 76 + 2 * 148 + 8 + 32 + 10 + 3)
  }

  @Test("a layer used twice is trained once, and stands twice in the state, as in PyTorch")
  func shared() {
    let module = Shared()
    #expect(module.namedParameters.map(\.key) == ["first.weight", "first.bias"])
    #expect(module.parameterCount == 6)
    #expect(module.stateDictionary.count == 4)
  }

  @Test("loading what was saved gives the same function")
  func roundTrip() throws {
    let (source, target) = (Nested(), Nested())
    let images = Tensor.randn([3, 2, 4, 4])
    _ = source(images)
    try target.load(source.stateDictionary)
    withMode(.evaluation) { expectEqual(target(images), source(images)) }
    #expect(target.stateDictionary["blocks.1.num_batches_tracked"]?.integers == [1])
  }

  @Test("nothing changes when something does not fit")
  func refusals() throws {
    let module = Nested()
    let before = module.stateDictionary.mapValues { $0.cloned() }
    let other = Nested().stateDictionary.mapValues { $0 + 1 }
    var missing = other
    missing["to_image.1.weight"] = nil
    var unexpected = other
    unexpected["to_image.9.weight"] = .zeros([1])
    var misshapen = other
    misshapen["stem.bias"] = .zeros([1, 4])
    let cases: [([String: Tensor], StateError)] = [
      (missing, .missing("to_image.1.weight")), (unexpected, .unexpected("to_image.9.weight")),
      (misshapen, .shape("stem.bias", found: [1, 4], expected: [4])),
    ]
    for (tensors, error) in cases {
      #expect(throws: error) { try module.load(tensors) }
      for (key, tensor) in module.stateDictionary {
        expectEqual(tensor, try #require(before[key]), key)
      }
    }
    #expect("\(cases[2].1)" == "tensor 'stem.bias' has shape [1, 4], expected [4]")
  }

  @Test("values are copied, not shared")
  func copyValues() {
    let (source, target) = (Nested(), Nested())
    target.copyValues(from: source)
    for (a, b) in zip(target.parameters, source.parameters) { expectEqual(a.value, b.value) }
    source.stem.weight.assign(.zeros([4, 2, 3, 3]))
    #expect(target.stem.weight.value.abs().maximum().item() > 0)
    #expect(target.stem.weight.value.requiresGradient)
  }

  @Test("a parameter or buffer does not change the tensor it was made from")
  func ownStorage() {
    let tensor = Tensor.ones([2])
    let (a, b, buffer) = (Parameter(tensor), Parameter(tensor), Buffer(tensor))
    a.assign(.zeros([2]))
    buffer.assign(.full([2], 5))
    #expect(tensor.floats == [1, 1] && b.value.floats == [1, 1])
  }

  @Test("placing lays images out channels-last and keeps every value")
  func placed() throws {
    let module = Nested()
    let before = module.stateDictionary.mapValues { $0.cloned() }
    let images = Tensor.randn([2, 2, 4, 4])
    let output = withMode(.evaluation) { module(images) }
    let moved = module.placed(on: .cpu)
    #expect(moved.stem.weight.value.isContiguous(.channelsLast))
    #expect(moved.parameters.allSatisfy { $0.value.requiresGradient })
    for (key, tensor) in moved.stateDictionary {
      #expect(tensor.shape == before[key]?.shape)
      #expect(tensor.doubles == before[key]?.doubles, "\(key)")
    }
    let laidOut = images.contiguous(.channelsLast)
    expectClose(withMode(.evaluation) { moved(laidOut) }, output, relative: 1e-5)
  }

  @Test("modes nest and end with their scope")
  func modes() {
    #expect(Mode.current == .training)
    withMode(.evaluation) {
      #expect(Mode.current == .evaluation)
      withMode(.training) { #expect(Mode.current == .training) }
      #expect(Mode.current == .evaluation)
    }
    #expect(Mode.current == .training)
  }

  @Test("evaluation changes no buffer")
  func evaluation() {
    let network = Sequential {
      SpectralConv2d(2, 3, kernel: 3)
      BatchNorm(3)
      Dropout(0.5)
    }
    let before = network.stateDictionary.mapValues { $0.cloned() }
    let images = Tensor.randn([2, 2, 4, 4])
    withMode(.evaluation) { expectEqual(network(images), network(images)) }
    for (key, tensor) in network.stateDictionary { #expect(tensor.floats == before[key]?.floats) }
    _ = network(images)
    for (key, buffer) in network.namedBuffers {
      #expect(buffer.value.floats != before[key]?.floats, "\(key)")
    }
  }

  @Test("batch norm refuses to train on one value per channel")
  func singleValue() async {
    await #expect(processExitsWith: .failure) { _ = BatchNorm(3)(.zeros([1, 3])) }
    withMode(.evaluation) { #expect(BatchNorm(3)(.zeros([1, 3])).floats == [0, 0, 0]) }
  }

  @Test("values of another shape are not broadcast into a parameter, nor probabilities of 1 taken")
  func preconditions() async {
    await #expect(processExitsWith: .failure) { Linear(2, 2).weight.assign(.zeros([2])) }
    await #expect(processExitsWith: .failure) { _ = Dropout(1) }
  }

  @Test("layers without a fixture of their own")
  func small() {
    let images = Tensor.randn([2, 3, 4, 4])
    expectClose(GlobalAveragePool()(images), images.mean(axes: [2, 3]))
    #expect(Flatten()(images).shape == [2, 48])
    #expect(Flatten(from: 0)(images).shape == [96])
    #expect(Unflatten([3, 4, 4])(Flatten()(images)).floats == images.floats)
    #expect(ZeroPad2d(1)(images).shape == [2, 3, 6, 6])
    expectEqual(ReflectionPad2d(2)(images), images.padded(2, with: .reflection))
    expectEqual(ReplicationPad2d(2)(images), images.padded(2, with: .replication))
    #expect(MinibatchDeviation(groupSize: 4)(.zeros([3, 2, 4, 4])).shape == [3, 3, 4, 4])
    let table = SpectralEmbedding(5, 3)
    #expect(table(Tensor([1, 4])).shape == [2, 3])
  }

  /// Normalised first, then averaged in the kernel: the same map, and the same vector u is kept.
  @Test("a spectral convolution with averages is that convolution, then averages")
  func spectralPooling() throws {
    let (pooled, plain) = (
      SpectralConvPool2d(3, 4), SpectralConv2d(3, 4, kernel: 3, padding: 1)
    )
    try plain.load(pooled.stateDictionary)
    let images = Tensor.randn([2, 3, 6, 6])
    for _ in 0..<3 {
      expectClose(pooled(images), plain(images).averagePooled(2), relative: 1e-4, absolute: 1e-5)
    }
    for (key, value) in plain.stateDictionary {
      expectEqual(pooled.stateDictionary[key] ?? .zeros([]), value, key)
    }
  }

  @Test("a spectral convolution of doubled images is doubling, then that convolution")
  func spectralDoubling() throws {
    let (fast, plain) = (
      SpectralUpsampleConv2d(3, 4), SpectralConv2d(3, 4, kernel: 3, padding: 1)
    )
    try plain.load(fast.stateDictionary)
    let images = Tensor.randn([2, 3, 3, 5])
    let doubled = images.resized(height: 6, width: 10, by: .nearest)
    for _ in 0..<3 { expectClose(fast(images), plain(doubled), relative: 1e-4, absolute: 1e-5) }
  }

  @Test("an untracked pass computes the same and leaves power iterations where they are")
  func untracked() {
    let layers: [any Layer] = [
      SpectralConv2d(2, 3, kernel: 3), SpectralUpsampleConv2d(2, 3), SpectralConvPool2d(2, 3),
      SelfAttention(2, spectral: true), UpBlock(2, 3, spectral: true),
    ]
    let images = Tensor.randn([2, 2, 4, 4])
    for layer in layers {
      let before = layer.namedBuffers.map { $0.buffer.value.cloned() }
      let untracked = layer.untracked(images)
      for (buffer, old) in zip(layer.namedBuffers, before) {
        expectEqual(buffer.buffer.value, old, buffer.key)
      }
      expectEqual(layer(images), untracked)
      let moved = zip(layer.namedBuffers, before).filter { $0.buffer.value.floats != $1.floats }
      #expect(!moved.isEmpty)
    }
  }

  @Test("attention at γ = 0 is the identity, and has a quarter of the keys")
  func attention() throws {
    let layer = SelfAttention(16)
    let images = Tensor.randn([2, 16, 4, 6])
    expectEqual(layer(images), images)
    // Alike keys and values are attended to alike: the output is the same at every place.
    try #require(layer.parameters.last).assign(.scalar(1))
    let flat = Tensor.randn([2, 16, 1, 1]).expanded(to: [2, 16, 4, 6])
    let found = layer(flat) - flat
    expectClose(found, found.averagePooled(toHeight: 1, width: 1).expanded(to: found.shape))
    #expect(layer.stateDictionary["key.weight"]?.shape == [2, 16, 1, 1])
    #expect(layer.stateDictionary["value.weight"]?.shape == [8, 16, 1, 1])
  }

  /// The order in which a kernel lies in memory permutes v, not u.
  @Test("a kernel's layout in memory does not change its spectral normalisation")
  func spectralLayout() throws {
    let first = SpectralConv2d(3, 4, kernel: 3)
    let second = SpectralConv2d(3, 4, kernel: 3).placed(on: .cpu)
    try second.load(first.stateDictionary)
    #expect(second.weight.value.isContiguous(.channelsLast))
    #expect(!first.weight.value.isContiguous(.channelsLast))
    let images = Tensor.randn([2, 3, 5, 5])
    for _ in 0..<3 {
      expectClose(first(images), second(images), relative: 1e-4, absolute: 1e-5)
    }
  }

  @Test("parameters are moved into a range, buffers are not")
  func clamping() {
    let network = Sequential {
      Linear(2, 2)
      BatchNorm(2)
    }
    let layer = network.parameters
    layer[0].assign(Tensor([-3, -0.5, 0.5, 3], shape: [2, 2]))
    layer[1].assign(Tensor([-0.25, 7]))
    RMSProp(network.parameters, learningRate: 0.1).clampParameters(to: -0.5...0.5)
    #expect(layer[0].value.floats == [-0.5, -0.5, 0.5, 0.5])
    #expect(layer[1].value.floats == [-0.25, 0.5])
    #expect(layer[2].value.floats == [0.5, 0.5] && layer[3].value.floats == [0, 0])
    #expect(network.stateDictionary["1.running_var"]?.floats == [1, 1])
    #expect(layer.allSatisfy { $0.value.requiresGradient })
  }

  /// The table's largest singular value becomes 1.
  @Test("a spectral embedding converges")
  func spectralEmbedding() {
    let table = SpectralEmbedding(6, 4)
    for _ in 0..<500 { _ = table(Tensor.range(0..<6)) }
    let normalized = table(Tensor.range(0..<6)).detached().cast(to: .float64)
    let squares = normalized.transposed().matmul(normalized).symmetricEigen().values
    #expect(abs(squares.maximum().item() - 1) < 1e-4)
  }
}
