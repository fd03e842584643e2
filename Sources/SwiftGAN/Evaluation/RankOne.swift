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
