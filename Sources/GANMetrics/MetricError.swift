/// Why a metric cannot be computed: one line each, with the numbers that do not fit.
public enum MetricError: Error, Equatable, Sendable {
  /// Fewer samples than the metric needs, and what to do about it.
  case tooFewSamples(metric: String, found: Int, needed: Int, advice: String)
  /// NaN or infinity among the numbers called `what`.
  case notFinite(what: String)
  /// Images with values outside [0, 1], such as a generator's in [-1, 1].
  case pixels(low: Double, high: Double)
  /// A tensor of another shape than `expected` describes.
  case shape(what: String, found: [Int], expected: String)
  /// Two sets whose features have different lengths.
  case dimensions(Int, Int)
  /// Sets whose features were taken by different networks or preparations.
  case differentNetworks(String, String)
  /// A set that lacks something the metric needs, such as logits or labels.
  case missing(metric: String, needs: String)
  /// A setting outside its range.
  case setting(name: String, value: Int, expected: String)
}

extension MetricError: CustomStringConvertible {
  /// One line for the user.
  public var description: String {
    switch self {
    case .tooFewSamples(let metric, let found, let needed, let advice):
      "\(metric): \(found) samples, at least \(needed) are needed; \(advice)"
    case .notFinite(let what): "\(what): NaN or infinite values"
    case .pixels(let low, let high): "images: values from \(low) to \(high), expected 0 to 1"
    case .shape(let what, let found, let expected):
      "\(what): shape \(found), expected \(expected)"
    case .dimensions(let a, let b): "features of lengths \(a) and \(b) cannot be compared"
    case .differentNetworks(let a, let b):
      "features of different networks cannot be compared: \(a) and \(b)"
    case .missing(let metric, let needs): "\(metric) needs \(needs), which this set does not have"
    case .setting(let name, let value, let expected): "\(name) is \(value), expected \(expected)"
    }
  }
}
