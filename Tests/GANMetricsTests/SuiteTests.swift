import GANData
import GANMetrics
import TestSupport
import Testing
import Torch

@Suite("The metrics of two sets", .reproducible)
struct SuiteTests {
  private let labels = (0..<60).map { $0 % 3 }

  private func set(_ shift: Double = 0) throws -> FeatureSet {
    let logits = Tensor(labels).oneHot(classes: 3) * 5
    return try featureSet(.randn([60, 4]) + shift, logits: logits, labels: labels)
  }

  @Test("every value carries its convention")
  func conventions() throws {
    var suite = MetricSuite(MetricSuite.Metric.allCases)
    suite.split = "test"
    var told: [MetricSuite.Metric] = []
    let results = try suite.evaluate(try set(1), reference: try set()) { told.append($0) }
    #expect(told == MetricSuite.Metric.allCases)
    let names = results.map(\.name)
    let expected = [
      "fid", "kid", "kid-full", "is", "precision", "recall", "density", "coverage", "accuracy",
      "intra-fid",
    ]
    #expect(names == expected.map { "\($0)[plain]" })
    for result in results {
      #expect(result.value.isFinite && result.convention.samples == 60)
      #expect(result.convention.network?.name == "plain")
      #expect(!"\(result)".contains("\n"))
    }
    let settings = Dictionary(
      uniqueKeysWithValues: results.map { ($0.name, $0.convention.settings) })
    // Sets of 60 have no subsets of 1000: the size that was used is on record.
    #expect(settings["kid[plain]"] == ["subsets": "100", "size": "60", "seed": "2020"])
    #expect(settings["recall[plain]"] == ["k": "3", "ties": "closed"])
    #expect(settings["is[plain]"] == ["splits": "10"])
    #expect(results[0].convention.split == "test" && results[3].convention.references == nil)
  }

  @Test("classes by themselves")
  func classes() throws {
    let suite = MetricSuite([.accuracy, .intraFID])
    let results = try suite.evaluate(try set(1), reference: try set())
    #expect(results[0].value == 1 && results[0].perClass == ["0": 1, "1": 1, "2": 1])
    let classes = try #require(results[1].perClass)
    #expect(classes.count == 3)
    expectNear(results[1].value, classes.values.reduce(0, +) / 3)
    let part = try set().subset(ofClass: 1)
    #expect(part.count == 20 && part.labels == Array(repeating: 1, count: 20))
    #expect(try set().subset(ofClass: 7).count == 0)
  }

  @Test("too few samples are refused, or said to be few")
  func fewSamples() throws {
    let (a, b) = (try featureSet(.randn([4, 4])), try featureSet(.randn([60, 4])))
    var suite = MetricSuite([.fid])
    #expect(throws: MetricError.self) { try suite.evaluate(a, reference: b) }
    suite.allowsFewSamples = true
    let result = try suite.evaluate(a, reference: b)[0]
    #expect(result.convention.settings["covariance"]?.contains("too few") == true)
  }

  @Test("what a set lacks is named")
  func missing() throws {
    let bare = try featureSet(.randn([60, 4]), keepingFeatures: false)
    for metric in MetricSuite.Metric.allCases where metric != .fid {
      let error = #expect(throws: MetricError.self) {
        try MetricSuite([metric]).evaluate(bare, reference: bare)
      }
      expectLine(error, "needs")
    }
    #expect(try MetricSuite([.fid]).evaluate(bare, reference: bare).count == 1)
  }

  @Test("of different networks are not compared")
  func networks() throws {
    var other = plainNetwork
    other.checksum = "another"
    var set = FeatureSet(network: other)
    try set.add(FeatureBatch(features: .randn([60, 4]), logits: nil))
    let error = #expect(throws: MetricError.self) {
      try MetricSuite().evaluate(set, reference: try self.set())
    }
    expectLine(error, "different networks", "another")
  }

  @Test("batches with and without labels do not mix, and NaN adds nothing")
  func batches() throws {
    var set = try set()
    let batch = FeatureBatch(features: .randn([2, 4]), logits: .randn([2, 3]))
    #expect(throws: MetricError.self) { try set.add(batch) }
    #expect(throws: MetricError.self) { try set.add(batch, labels: [1]) }
    let broken = FeatureBatch(features: .full([2, 4], .nan), logits: .randn([2, 3]))
    #expect(throws: MetricError.notFinite(what: "features")) {
      try set.add(broken, labels: [0, 0])
    }
    #expect(set.count == 60 && set.labels.count == 60 && set.features?.size(0) == 60)
  }

  @Test("a data set runs through the network once, in batches")
  func dataSet() throws {
    let images = try PackedImages(Stripes(count: 10), size: 4, fit: .stretch)
    let extractor = DigitsFeatures(DigitsClassifier(), checksum: "random")
    var done: [Int] = []
    let set = try FeatureSet(of: images, using: extractor, batchSize: 4) { done.append($0) }
    #expect(done == [4, 8, 10] && set.count == 10)
    #expect(set.labels == (0..<10).map { $0 % 2 })
    let whole = try FeatureSet(of: images, using: extractor, batchSize: 10)
    let (a, b) = (try #require(set.features), try #require(whole.features))
    expectClose(a, b, relative: 1e-4, absolute: 1e-5)
    let some = try FeatureSet(of: images, using: extractor, limit: 3)
    #expect(some.labels == ShuffledOrder.choice(3, of: 10).map { $0 % 2 })
    let pixels = Tensor(bytes: images.pixels, shape: [10, 1, 4, 4]).cast(to: .float32) / 255
    expectClose(b, try extractor.features(pixels), relative: 1e-4, absolute: 1e-5)
  }
}
