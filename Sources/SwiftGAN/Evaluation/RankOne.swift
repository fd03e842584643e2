import GANMetrics
import Torch

/// How often the nearest image of a gallery, by the angle between features, shows the same person as a
/// probe: the rank-1 rate of face recognition (Huang et al. 2017, section 4.2).
struct RankOne {
  /// `[G, D]` of length 1.
  private let gallery: Tensor
  private let people: [Int]
  private var hits = 0
  private var count = 0

  /// - Parameters:
  ///   - features: `[G, D]`, one image of each person.
  ///   - people: who each is.
  init(gallery features: Tensor, of people: [Int]) {
    precondition(features.size(0) == people.count, "\(features.shape) for \(people.count) people")
    (gallery, self.people) = (Self.normalized(features), people)
  }

  /// Looks for images `[N, D]` of people.
  mutating func add(_ features: Tensor, of people: [Int]) {
    let nearest = Self.normalized(features).matmul(gallery.transposed()).argmax(axis: 1)
    for (found, person) in zip(nearest.doubles, people) where self.people[Int(found)] == person {
      hits += 1
    }
    count += people.count
  }

  /// The share of images whose person was found.
  var rate: Double { Double(hits) / Double(max(count, 1)) }

  private static func normalized(_ features: Tensor) -> Tensor {
    let rows = features.detached().cast(to: .float32).moved(to: .cpu)
    return rows / (rows.squared().sum(axes: [1], keepingDimensions: true) + 1e-12).sqrt()
  }
}

/// Who is found in outputs and inputs of a translation among one target of each person.
struct Recognition {
  private var outputs, inputs: RankOne
  private let network: FeatureNetworkInfo
  private let people: Int
  private var count = 0

  /// - Parameters:
  ///   - features: `[G, D]` of one target of each person.
  ///   - people: who each is.
  init(gallery features: Tensor, of people: [Int], seenBy network: FeatureNetworkInfo) {
    outputs = RankOne(gallery: features, of: people)
    (inputs, self.network, self.people) = (outputs, network, people.count)
  }

  /// Looks for the people of some outputs and inputs, by features `[N, D]`.
  mutating func add(outputs: Tensor, inputs: Tensor, of people: [Int]) {
    self.outputs.add(outputs, of: people)
    self.inputs.add(inputs, of: people)
    count += people.count
  }

  /// Both rates.
  var results: [MetricResult] {
    let convention = MetricConvention(
      samples: count, references: people, network: network, settings: ["gallery": "a target each"])
    let name = "rank-1[\(network.name)]"
    return [
      MetricResult(name, outputs.rate, convention: convention),
      MetricResult("input-\(name)", inputs.rate, convention: convention),
    ]
  }
}
