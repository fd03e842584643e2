import Foundation
import GANTraining

/// A number with so many digits behind the point.
package func decimal(_ value: Double, _ digits: Int) -> String {
  String(format: "%.\(digits)f", value)
}

/// A share as `97.3 %`.
package func percent(_ share: Double, _ digits: Int = 1) -> String {
  "\(decimal(share * 100, digits)) %"
}

/// Seconds as `45 s`, `3 min 20 s` or `2 h 5 min`.
package func duration(_ seconds: Double) -> String {
  let whole = Int(min(max(seconds, 0), 1e9).rounded())
  if whole < 60 { return "\(whole) s" }
  if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
  return "\(whole / 3600) h \(whole % 3600 / 60) min"
}

/// A path as a shell reads it.
package func shellQuoted(_ path: String) -> String {
  let plain = path.unicodeScalars.allSatisfy { scalar in
    scalar.properties.isAlphabetic || "0123456789/._-+@%:,".unicodeScalars.contains(scalar)
  }
  return plain && !path.isEmpty ? path : "'\(path.replacing("'", with: "'\\''"))'"
}

/// Rows with the columns flush left, two spaces apart.
package func textTable(_ rows: [[String]]) -> String {
  let columns = rows.map(\.count).max() ?? 0
  let widths = (0..<columns).map { column in
    rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0
  }
  return rows.map { row in
    let cells = zip(row, widths).map { text, width in
      text + String(repeating: " ", count: width - text.count)
    }
    var line = cells.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line
  }.joined(separator: "\n")
}

/// Makes the folders above a file that is to be written.
///
/// - Throws: `RunError` naming the folder.
package func makeParentFolders(of path: String) throws {
  try makeFolders(URL(fileURLWithPath: path).deletingLastPathComponent().path)
}

/// Makes a folder and those above it.
package func makeFolders(_ folder: String) throws {
  do {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  } catch {
    throw RunError.unsupported("\(folder): cannot be made: \(String(cString: strerror(errno)))")
  }
}
