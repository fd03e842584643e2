import Foundation
import GANTraining
import HTTPTypes
import SwiftGAN

/// The runs below a folder, by name. A name is looked up among those that are there and never becomes
/// part of a path, so that no request leaves the folder.
struct RunFolder: Sendable {
  /// The folder as it was named.
  let path: String
  private let root: String

  /// A folder of runs, or a single run.
  ///
  /// - Throws: `RunError` where there is no such folder.
  init(_ path: String) throws {
    guard let root = resolved(path), isFolder(root) else {
      throw RunError.unsupported("\(path): no such folder")
    }
    (self.path, self.root) = (path, root)
  }

  /// The runs that are there, the one begun last first.
  func runs() -> [NamedRun] {
    if isRun(root) { return [NamedRun(name: lastComponent(root), directory: RunDirectory(root))] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
    let found = names.filter { !$0.hasPrefix(".") }.sorted().compactMap { name -> NamedRun? in
      guard let path = resolved("\(root)/\(name)"), isInside(path), isRun(path) else { return nil }
      return NamedRun(name: name, directory: RunDirectory(path))
    }
    return found.map { (run: $0, begun: written("\($0.directory.path)/config.json")) }
      .sorted { $0.begun > $1.begun }.map(\.run)
  }

  /// The run of a name.
  ///
  /// - Throws: ``APIError`` where there is none.
  func run(_ name: String) throws -> NamedRun {
    guard let run = runs().first(where: { $0.name == name }) else {
      throw APIError(.notFound, "no run is called '\(name)'")
    }
    return run
  }

  /// The contents of a file of a run.
  ///
  /// - Throws: ``APIError`` where there is none, or it lies elsewhere.
  func contents(of path: String) throws -> [UInt8] {
    guard let path = resolved(path), isInside(path),
      let data = FileManager.default.contents(atPath: path)
    else { throw APIError(.notFound, "no such file") }
    return [UInt8](data)
  }

  private func isInside(_ path: String) -> Bool { path == root || path.hasPrefix(root + "/") }
}

/// A run and what it is called.
struct NamedRun: Sendable {
  let name: String
  let directory: RunDirectory
}

private func isRun(_ path: String) -> Bool {
  FileManager.default.fileExists(atPath: "\(path)/config.json")
}

private func isFolder(_ path: String) -> Bool {
  var isFolder: ObjCBool = false
  return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
}

/// A path without links; `nil` where nothing is.
private func resolved(_ path: String) -> String? {
  guard let found = realpath(path, nil) else { return nil }
  defer { free(found) }
  return String(cString: found)
}

private func lastComponent(_ path: String) -> String {
  path.split(separator: "/").last.map(String.init) ?? path
}

/// When a file was written; long ago where there is none.
func written(_ path: String) -> Date {
  let facts = try? FileManager.default.attributesOfItem(atPath: path)
  return facts?[.modificationDate] as? Date ?? .distantPast
}
