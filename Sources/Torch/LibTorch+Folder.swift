import CTorch
import Foundation

extension LibTorch {
  /// The folder of the library that CTorch was compiled into; beside it set-up puts what belongs to
  /// it. The working folder where the loader does not tell.
  public static var folder: URL {
    let path = String(cString: ct_library_path())
    return path.isEmpty
      ? URL(fileURLWithPath: ".", isDirectory: true)
      : URL(fileURLWithPath: path).deletingLastPathComponent()
  }
}
