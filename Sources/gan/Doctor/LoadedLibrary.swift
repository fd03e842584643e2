import Foundation

/// Libraries that this process has loaded, as Linux tells.
enum LoadedLibrary {
  /// The folder of the library whose file has this name; `nil` where it is not loaded, or the system does not
  /// tell.
  static func folder(of name: String) -> URL? {
    // The file claims to have no size, and what reads so much at once sees its beginning only.
    guard let file = FileHandle(forReadingAtPath: "/proc/self/maps") else { return nil }
    let maps = String(decoding: file.readDataToEndOfFile(), as: UTF8.self)
    let line = maps.split(separator: "\n").first { $0.hasSuffix("/\(name)") }
    guard let line, let start = line.firstIndex(of: "/") else { return nil }
    return URL(fileURLWithPath: String(line[start...])).deletingLastPathComponent()
  }

  /// Why the library that needs LibTorch cannot be loaded; `nil` where it can, or nobody knows before it is
  /// tried.
  static var libTorchProblem: String? {
    guard let folder = folder(of: "libctorch.so") else { return nil }
    let path = folder.appendingPathComponent("libctorch_engine.so").path
    guard dlopen(path, RTLD_LAZY | RTLD_GLOBAL) == nil else { return nil }
    return dlerror().map { String(cString: $0) } ?? path
  }
}
