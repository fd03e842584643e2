import Foundation

/// A number together with everything it depends on: values under different conventions are not
/// comparable, so none is reported without its own.
public struct MetricResult: Sendable, Equatable {
  /// The metric and in brackets the feature network, such as `fid[inception-fid]`.
  public var name: String
  /// The value; infinite for the PSNR of equal images.
  public var value: Double
  /// The standard deviation over splits or subsets, where there are any.
  public var deviation: Double?
  /// The value for each class by its name, for conditional systems.
  public var perClass: [String: Double]?
  /// How it was computed.
  public var convention: MetricConvention

  /// A result.
  public init(
    _ name: String, _ value: Double, deviation: Double? = nil, perClass: [String: Double]? = nil,
    convention: MetricConvention
  ) {
    (self.name, self.value, self.deviation) = (name, value, deviation)
    (self.perClass, self.convention) = (perClass, convention)
  }
}

/// How a metric was computed. What does not apply to it is `nil`.
public struct MetricConvention: Sendable, Equatable, Codable {
  /// Generated samples.
  public var samples: Int
  /// Reference samples.
  public var references: Int?
  /// The part of the data set the references come from, such as `test`.
  public var split: String?
  /// What computed the features.
  public var network: FeatureNetworkInfo?
  /// Settings of the metric by name, such as `k` or `subsets`.
  public var settings: [String: String]

  /// A convention.
  public init(
    samples: Int, references: Int? = nil, split: String? = nil,
    network: FeatureNetworkInfo? = nil, settings: [String: String] = [:]
  ) {
    (self.samples, self.references, self.split) = (samples, references, split)
    (self.network, self.settings) = (network, settings)
  }
}

/// What computed a set of features.
public struct FeatureNetworkInfo: Sendable, Hashable, Codable {
  /// The architecture and its layer, such as `inception-fid`.
  public var name: String
  /// The SHA-256 of the file of weights; `random` for weights from no file.
  public var checksum: String
  /// The length of a feature.
  public var dimension: Int
  /// How images are resized and scaled before the first layer.
  public var preparation: String

  /// A description.
  public init(name: String, checksum: String, dimension: Int, preparation: String) {
    (self.name, self.checksum) = (name, checksum)
    (self.dimension, self.preparation) = (dimension, preparation)
  }
}

extension FeatureNetworkInfo: CustomStringConvertible {
  /// The name and the beginning of the checksum.
  public var description: String { "\(name) \(checksum.prefix(8))" }
}

extension MetricResult: CustomStringConvertible {
  /// One line: value, deviation, counts and convention.
  public var description: String {
    let spread = deviation.map { " ± \(Self.short($0))" } ?? ""
    var facts = ["\(convention.samples) samples"]
    if let references = convention.references {
      facts.append("\(references) references" + (convention.split.map { " of \($0)" } ?? ""))
    }
    if let network = convention.network { facts += ["\(network)", network.preparation] }
    facts += convention.settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    return "\(name) \(Self.short(value))\(spread) (\(facts.joined(separator: ", ")))"
  }

  private static func short(_ value: Double) -> String { String(format: "%.5g", value) }
}

// MARK: - JSON

extension MetricResult: Codable {
  private enum Keys: String, CodingKey {
    case name, value, deviation, perClass, better, convention
  }

  /// JSON has no infinity: such values are the texts `inf`, `-inf` and `nan`. ``goal``, which follows
  /// from the name, is written as `better`.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(name, forKey: .name)
    try container.encode(JSONNumber(value), forKey: .value)
    try container.encodeIfPresent(deviation.map(JSONNumber.init), forKey: .deviation)
    try container.encodeIfPresent(perClass?.mapValues(JSONNumber.init), forKey: .perClass)
    try container.encodeIfPresent(goal, forKey: .better)
    try container.encode(convention, forKey: .convention)
  }

  /// Reads what ``encode(to:)`` wrote.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Keys.self)
    name = try container.decode(String.self, forKey: .name)
    value = try container.decode(JSONNumber.self, forKey: .value).value
    deviation = try container.decodeIfPresent(JSONNumber.self, forKey: .deviation)?.value
    let classes = try container.decodeIfPresent([String: JSONNumber].self, forKey: .perClass)
    perClass = classes?.mapValues(\.value)
    convention = try container.decode(MetricConvention.self, forKey: .convention)
  }
}

private struct JSONNumber: Codable {
  let value: Double

  init(_ value: Double) { self.value = value }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Double.self) {
      value = number
    } else if let text = Double(try container.decode(String.self)) {
      value = text
    } else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a number")
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    if value.isFinite { try container.encode(value) } else { try container.encode("\(value)") }
  }
}
