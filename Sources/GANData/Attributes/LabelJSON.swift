import Foundation

/// `dataset.json` as StyleGAN's tools write it.
enum LabelJSON {
  /// The label of each name; nil for JSON of another form, without labels, or with vectors of numbers
  /// that stand for no class.
  ///
  /// - Throws: `DataError` for what is no JSON.
  static func labels(of file: Annotation) throws -> [String: String]? {
    let object: Any
    do {
      object = try JSONSerialization.jsonObject(with: Data(file.bytes))
    } catch {
      throw DataError.malformed(path: file.path, problem: "it is no JSON, or cut")
    }
    guard let entries = (object as? [String: Any])?["labels"] as? [[Any]] else { return nil }
    var labels: [String: String] = [:]
    for entry in entries {
      guard entry.count == 2, let name = entry[0] as? String, let label = label(entry[1]) else {
        return nil
      }
      labels[name] = label
    }
    return labels
  }

  /// A number or a name; of a vector with a single 1 among zeros the place of the 1.
  private static func label(_ value: Any) -> String? {
    if let text = value as? String { return text }
    if let number = value as? NSNumber {
      return number.doubleValue == number.doubleValue.rounded() ? "\(number.intValue)" : nil
    }
    guard let vector = value as? [NSNumber] else { return nil }
    let (zeros, ones) = (vector.count { $0 == 0 }, vector.indices.filter { vector[$0] == 1 })
    return ones.count == 1 && zeros == vector.count - 1 ? "\(ones[0])" : nil
  }
}
