import CTorch

/// Where tensors live and are computed.
public enum Device: Hashable, Sendable {
  /// The processor.
  case cpu
  /// An NVIDIA GPU, by its index from 0.
  case cuda(Int)
  /// Apple's GPU through Metal.
  case mps

  var type: Int32 {
    switch self {
    case .cpu: 0
    case .cuda: 1
    case .mps: 13
    }
  }

  var index: Int {
    if case .cuda(let index) = self { return index }
    return 0
  }

  init(type: Int32, index: Int) {
    switch type {
    case 1: self = .cuda(max(index, 0))
    case 13: self = .mps
    default: self = .cpu
    }
  }

  /// Reads `cpu`, `cuda`, `cuda:N` or `mps` and makes sure that this LibTorch and this machine have
  /// it.
  ///
  /// - Throws: ``DeviceError`` naming what was asked for and what there is.
  public init(named name: String) throws {
    let parts = name.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    switch parts.map(String.init) {
    case ["cpu"]: self = .cpu
    case ["mps"]: self = .mps
    case ["cuda"]: self = .cuda(0)
    case let parts where parts.count == 2 && parts[0] == "cuda":
      guard parts[1].allSatisfy(\.isWholeNumber), let index = Int(parts[1]) else {
        throw DeviceError.unknown(name)
      }
      self = .cuda(index)
    default: throw DeviceError.unknown(name)
    }
    try checkAvailable()
  }

  private func checkAvailable() throws {
    guard ct_has_device(type) else { throw DeviceError.notInLibTorch(self) }
    let count = Int(ct_device_count(type))
    if count == 0 { throw DeviceError.none(self, reason: String(cString: ct_last_error())) }
    guard index < count else { throw DeviceError.absent(self, count: count) }
  }

  /// The most memory in bytes that tensors on this GPU have taken so far; `nil` for the processor,
  /// which does not count them.
  package var peakMemory: Int? {
    guard case .cuda = self else { return nil }
    var bytes: Int64 = 0
    require("peakMemory", [], ct_peak_bytes(type, Int32(index), &bytes))
    return Int(bytes)
  }

  /// Waits until everything queued on the device has finished.
  public func synchronize() {
    if self == .cpu { return }
    require("synchronize", [], ct_synchronize(type, Int32(index)))
  }
}

extension Device: CustomStringConvertible {
  /// The name that ``init(named:)`` reads.
  public var description: String {
    switch self {
    case .cpu: "cpu"
    case .cuda(let index): "cuda:\(index)"
    case .mps: "mps"
    }
  }
}

/// Why a device cannot be used.
public enum DeviceError: Error, Equatable, CustomStringConvertible {
  /// No device has this name.
  case unknown(String)
  /// This LibTorch was built without support for the device.
  case notInLibTorch(Device)
  /// LibTorch found no GPU of this kind, or no driver, for the `reason` that it gives, if any.
  case none(Device, reason: String)
  /// The machine has only `count` devices of this kind.
  case absent(Device, count: Int)

  /// One line saying what was asked for and what there is.
  public var description: String {
    switch self {
    case .unknown(let name): "device '\(name)': expected cpu, cuda, cuda:N or mps"
    case .notInLibTorch(let device):
      "device \(device): this LibTorch (\(LibTorch.version)) is built without it; use --device cpu"
    case .none(let device, let reason):
      "device \(device): no GPU or no driver was found\(DeviceError.brief(reason)); "
        + "use --device cpu"
    case .absent(let device, let count):
      "device \(device): this machine has \(count) of that kind; use --device cpu"
    }
  }

  /// The first sentence of what LibTorch says, without its advice, in brackets.
  private static func brief(_ reason: String) -> String {
    let text = reason.replacing("CUDA initialization: ", with: "")
    guard !text.isEmpty else { return "" }
    let end = text.firstRange(of: ". ")?.lowerBound ?? text.endIndex
    return " (\(text[..<end]))"
  }
}

/// Facts and settings of the LibTorch in use.
public enum LibTorch {
  /// Its version, such as `2.13.0`.
  public static var version: String { String(cString: ct_version()) }

  /// How many threads one operation on the processor may use. Results are bit-equal only between
  /// runs with the same count.
  public static var threads: Int {
    get { Int(ct_get_threads()) }
    set { ct_set_threads(Int32(clamping: max(newValue, 1))) }
  }
}
