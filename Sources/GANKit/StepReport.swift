import Torch

/// The scalars of one step by name, still on the device. Reading them waits for it.
public struct StepReport: ExpressibleByDictionaryLiteral {
  /// Names such as `loss/D` and scalar tensors, in the order of the report.
  public private(set) var entries: [(name: String, value: Tensor)]

  /// A report written as a literal.
  public init(dictionaryLiteral elements: (String, Tensor)...) {
    entries = elements.map { ($0.0, $0.1.detached()) }
  }

  /// Adds or replaces an entry.
  public subscript(name: String) -> Tensor? {
    get { entries.first { $0.name == name }?.value }
    set {
      let position = entries.firstIndex { $0.name == name }
      switch (position, newValue?.detached()) {
      case (let position?, let value?): entries[position].value = value
      case (let position?, nil): entries.remove(at: position)
      case (nil, let value?): entries.append((name, value))
      case (nil, nil): break
      }
    }
  }

  /// The numbers. Waits for the device.
  public func read() -> [(name: String, value: Double)] {
    entries.map { ($0.name, $0.value.item()) }
  }
}
