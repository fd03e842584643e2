import Foundation
import HTTPTypes

/// Style sheet and modules of the pages.
enum PageFiles {
  static let all: [String: (kind: Answer.Kind, bytes: [UInt8])] = Dictionary(
    uniqueKeysWithValues: [
      ("page.css", .css), ("live.js", .script), ("run.js", .script), ("play.js", .script),
    ].map { name, kind in (name, (kind, contents(of: name))) })

  /// The style sheet as text, for pages in one file.
  static var style: String { String(decoding: all["page.css"]?.bytes ?? [], as: UTF8.self) }

  static let route = Route(
    method: .get, path: "/page/{file}", summary: "Style sheet and modules.",
    parameters: [
      {
        var parameter = Parameter("file", .choice(all.keys.sorted()), "The file's name.")
        parameter.isInPath = true
        return parameter
      }()
    ], result: .file(.css)
  ) { call in
    guard let file = all[call.values["file"] ?? ""] else {
      throw APIError(.notFound, "there is no such file")
    }
    return Answer(kind: file.kind, bytes: file.bytes)
  }

  private static func contents(of name: String) -> [UInt8] {
    let url = Bundle.module.bundleURL.appendingPathComponent("page/\(name)")
    guard let data = try? Data(contentsOf: url) else {
      preconditionFailure("\(url.path) is missing beside the program")
    }
    return [UInt8](data)
  }
}
