/// How a network is written down for other programs.
public enum ExportFormat: String, CaseIterable, Sendable {
  /// Operations and weights as ONNX, which ONNX Runtime and many others run.
  case onnx
  /// Operations and weights as PyTorch's `torch.jit.load` opens them.
  case torchscript
  /// The weights alone, by the keys of a PyTorch state dictionary.
  case safetensors

  /// What names of such files end in.
  public var fileExtension: String {
    switch self {
    case .onnx: "onnx"
    case .torchscript: "pt"
    case .safetensors: "safetensors"
    }
  }

  /// The format of a file by its name's end.
  public init?(of path: String) {
    let end = path.split(separator: ".").last?.lowercased()
    guard let found = Self.allCases.first(where: { $0.fileExtension == end }) else { return nil }
    self = found
  }
}

/// What was written of a run.
public struct ExportedNetwork: Sendable, Equatable {
  /// What it is called in the run.
  public let network: String
  /// Where it is.
  public let path: String
  /// How it is written.
  public let format: ExportFormat
  /// The parts of the checkpoint that its weights come from.
  public let parts: [String]
  /// Everything that the file says of the network, by key.
  public let facts: [String: String]
}
