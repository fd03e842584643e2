import GANData

/// Where a run writes its numbers and pictures down: `metrics.jsonl`, TensorBoard's events.
struct RunLog {
  private let metrics: MetricLog
  private let events: EventLog

  /// Opens the logs of a run that has made `step` steps; what they say of later ones is removed or
  /// made void.
  init(_ directory: RunDirectory, after step: Int) throws {
    metrics = try MetricLog(directory.metricsURL, keepingThrough: step)
    events = try EventLog(in: directory.url, after: step)
  }

  /// Writes numbers by name.
  func append(step: Int, _ numbers: [(name: String, value: Double)]) throws {
    try metrics.append(step: step, numbers)
    try events.append(step: step, numbers)
  }

  /// Writes a sample sheet.
  func append(step: Int, sheet: DecodedImage, png: [UInt8]) throws {
    try events.append(step: step, "samples", sheet, png: png)
  }

  /// Makes what was written durable.
  func synchronize() throws {
    try metrics.synchronize()
    try events.synchronize()
  }
}
