import Foundation
import GANMetrics
import Torch

// What Scripts/compare_metrics.py runs:
//
//   metrics-probe values FILE                    the metrics of the arrays in FILE, as JSON
//   metrics-probe features NETWORK WEIGHTS FILE OUT
//                                                features and logits of `images` in FILE, to OUT
//   metrics-probe speed SAMPLES FEATURES         seconds of every metric
//   metrics-probe memory METRIC SAMPLES FEATURES
//                                                megabytes before a metric of two sets and at its
//                                                peak, as JSON; METRIC is fid, which keeps no
//                                                features, kid, kid-full, manifold or neighbors

do {
  try run(Array(CommandLine.arguments.dropFirst()))
} catch {
  FileHandle.standardError.write(Data("metrics-probe: \(error)\n".utf8))
  exit(1)
}

func run(_ arguments: [String]) throws {
  switch arguments.first {
  case "values" where arguments.count == 2: try printValues(of: arguments[1])
  case "features" where arguments.count == 5: try writeFeatures(Array(arguments.dropFirst()))
  case "speed" where arguments.count == 3: try printSpeed(try sizes(arguments))
  case "memory" where arguments.count == 4:
    try printMemory(arguments[1], try sizes(Array(arguments.dropFirst())))
  default: throw Usage()
  }
}

struct Usage: Error, CustomStringConvertible {
  var description: String { "see Scripts/compare_metrics.py" }
}

func sizes(_ arguments: [String]) throws -> (samples: Int, features: Int) {
  guard let samples = Int(arguments[1]), let features = Int(arguments[2]) else { throw Usage() }
  return (samples, features)
}
