import CTorch

/// Processes that compute together, each with a part of every minibatch: by Gloo on processors, by NCCL
/// on GPUs, both PyTorch's (c10d), and on the processors of one machine by memory that they share.
///
/// All of them must call the same functions in the same order. One that has ended makes the next call of
/// the others fail, which is a ``TorchFailure``: alone they could only go on with something else.
public final class ProcessGroup {
  /// Where this process stands.
  public let place: ProcessPlace
  /// Whether batch normalisation takes its statistics from the minibatches of all processes.
  public let synchronizesStatistics: Bool
  private let pointer: CTProcesses
  /// What this process has sent since the group began.
  public private(set) var traffic = Traffic()
  private static let scope = ThreadScope<ProcessGroup>("ProcessGroup")
  /// Bytes that travel together: fewer begin earlier, more cost less.
  private static let bucket: Int64 = 4 << 20

  /// Waits for the other processes.
  ///
  /// - Parameters:
  ///   - device: where this process computes.
  ///   - patience: seconds that one waits for the others, here and in every call: longer than anything
  ///     that one of them does alone, such as measuring.
  /// - Throws: ``ProcessGroupError`` where they do not come.
  public init(
    _ place: ProcessPlace, device: Device = .cpu, synchronizesStatistics: Bool = false,
    patience: Double = 1800
  ) throws {
    _ = initialized
    let pointer = ct_processes_join(
      place.host, Int32(place.port), place.launcherKeys ?? "swiftgan",
      place.rank == 0 && place.launcherKeys == nil, place.isLaunched, Int32(place.rank),
      Int32(place.count), device.type, Int32(device.index), patience)
    guard let pointer else {
      throw ProcessGroupError(
        reason: "process \(place.rank) of \(place.count) does not find the others at "
          + "\(place.host):\(place.port): \(lastNativeError())")
    }
    (self.place, self.pointer, self.synchronizesStatistics) = (
      place, pointer, synchronizesStatistics
    )
  }

  deinit { ct_processes_release(pointer) }

  /// The group that this thread computes in.
  public static var current: ProcessGroup? { scope.current }

  /// Runs `body` in this group.
  public func run<Result>(_ body: () throws -> Result) rethrows -> Result {
    try Self.scope.with(self, body)
  }

  /// Runs `body` outside of any group: what one process does while the others do something else.
  public static func alone<Result>(_ body: () throws -> Result) rethrows -> Result {
    try scope.without(body)
  }

  /// How many there are of what this process has `own`, all having as many: images of a minibatch.
  public static func total(_ own: Int) -> Int { own * (current?.count ?? 1) }

  /// This process's number, from 0.
  public var rank: Int { place.rank }
  /// How many processes there are.
  public var count: Int { place.count }

  /// Calls in which all processes take part, and what one of them brings along.
  public struct Traffic: Sendable, Equatable {
    /// How many there were.
    public var calls = 0
    /// Of all tensors.
    public var bytes = 0
  }

  private func count(_ tensors: [Tensor]) {
    traffic.calls += 1
    traffic.bytes += tensors.reduce(0) { $0 + $1.count * $1.dtype.byteCount }
  }

  // MARK: - Collective calls

  /// The sum over the processes, as a part of the graph: gradients of the losses of all come back.
  public func sum(_ tensor: Tensor) -> Tensor {
    made("sum over processes", tensor) { ct_processes_sum(pointer, $0) }
  }

  /// The mean over the processes of tensors that no graph holds.
  public func average(_ tensors: [Tensor]) -> [Tensor] {
    filled("average over processes", tensors, count: tensors.count) { tensors, results in
      ct_processes_average(
        pointer, tensors, Int32(results.count), Self.bucket, results.baseAddress)
    }
  }

  /// The mean over the processes of the gradients of a loss, on their way while it is differentiated.
  func averageGradients(of loss: Tensor, withRespectTo parameters: [Tensor]) -> [Tensor] {
    withFullPrecision(on: loss.device) {
      withExtendedLifetime(loss) {
        filled("gradients", parameters, count: parameters.count) { parameters, results in
          ct_processes_grad(
            pointer, loss.handle.pointer, parameters, Int32(results.count), Self.bucket,
            results.baseAddress)
        }
      }
    }
  }

  /// Makes tensors what they are in process 0.
  public func broadcast(_ tensors: [Tensor]) {
    if tensors.isEmpty { return }
    count(tensors)
    let status = withPointers(tensors) {
      ct_processes_broadcast(pointer, $0, Int32(tensors.count))
    }
    if status != 0 { fail("broadcast", tensors) }
  }

  /// The largest of each number over the processes.
  public func maxima(_ numbers: [Int]) -> [Int] {
    made("maxima over processes", Tensor(numbers)) { ct_processes_max(pointer, $0) }.integers
  }

  /// The bytes of every process, by its number.
  public func gather(_ bytes: [UInt8]) -> [[UInt8]] {
    let counts = all(Tensor([bytes.count])).map { $0.integers[0] }
    let longest = max(counts.max() ?? 0, 1)
    let padded = bytes + [UInt8](repeating: 0, count: longest - bytes.count)
    return zip(all(Tensor(bytes: padded)), counts).map { Array($0.rawBytes.prefix($1)) }
  }

  /// A tensor of equal shape of every process.
  private func all(_ tensor: Tensor) -> [Tensor] {
    filled("gather", [tensor], count: count) { tensors, results in
      ct_processes_gather(pointer, tensors[0], results.baseAddress)
    }
  }

  private func made(
    _ operation: StaticString, _ tensor: Tensor, _ body: (CTTensor) -> CTTensor?
  ) -> Tensor {
    count([tensor])
    let pointer = withExtendedLifetime(tensor) { body(tensor.handle.pointer) }
    guard let pointer else { fail(operation, [tensor]) }
    return Tensor(adopting: pointer)
  }

  /// What C fills in.
  private func filled(
    _ operation: StaticString, _ tensors: [Tensor], count: Int,
    _ body: (UnsafePointer<CTTensor?>, UnsafeMutableBufferPointer<CTTensor?>) -> Int32
  ) -> [Tensor] {
    if tensors.isEmpty { return [] }
    self.count(tensors)
    return withUnsafeTemporaryAllocation(of: CTTensor?.self, capacity: count) { results in
      results.initialize(repeating: nil)
      let status = withPointers(tensors) { body($0, results) }
      guard status == 0 else { fail(operation, tensors) }
      return results.map { result in
        guard let result else { fail(operation, tensors) }
        return Tensor(adopting: result)
      }
    }
  }

  /// Stops, where another process is gone with words for that.
  private func fail(_ operation: StaticString, _ operands: [Tensor]) -> Never {
    let reason = lastNativeError()
    let isLost = ["gloo", "NCCL", "peer", "has ended", "did not answer"]
      .contains { reason.contains($0) }
    guard isLost else { stop(operation, operands.prefix(4).map { $0 }) }
    TorchFailure.handler(
      "process \(rank) of \(count) has lost the others: \(Self.fact(in: reason))")
  }

  /// The library's words without the line of its source that they begin with, and without what it guesses.
  private static func fact(in reason: String) -> Substring {
    let end = reason.firstRange(of: ". ")?.lowerBound ?? reason.endIndex
    let sentence = reason[..<end]
    guard sentence.hasPrefix("["), let place = sentence.firstIndex(of: "]") else { return sentence }
    return sentence[sentence.index(after: place)...].drop { $0 == " " }
  }
}
