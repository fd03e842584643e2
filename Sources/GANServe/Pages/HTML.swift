import HTTPTypes

/// A piece of a page. Texts that are put into one are escaped, so that a name of a run cannot be markup.
///
/// ```swift
/// let row: HTML = "<td>\(run.name)</td>"
/// ```
struct HTML: ExpressibleByStringInterpolation, Sendable, Equatable {
  let text: String

  /// Markup as it is.
  init(markup: String) { text = markup }

  init(stringLiteral text: String) { self.text = text }

  init(stringInterpolation: Interpolation) { text = stringInterpolation.text }

  /// Pieces one after the other.
  init(_ pieces: [HTML]) { text = pieces.map(\.text).joined(separator: "\n") }

  struct Interpolation: StringInterpolationProtocol {
    fileprivate var text = ""

    init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(literalCapacity) }

    mutating func appendLiteral(_ literal: String) { text += literal }

    mutating func appendInterpolation(_ html: HTML) { text += html.text }

    mutating func appendInterpolation(_ pieces: [HTML]) { text += HTML(pieces).text }

    mutating func appendInterpolation(_ value: some CustomStringConvertible) {
      text += HTML.escaped(value.description)
    }
  }

  /// Text without characters that mean something in a page or in the value of an attribute.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

/// The frame of all pages.
struct Page {
  let title: String
  /// The module of the page's own behaviour.
  var script: String?
  let content: HTML

  var html: HTML {
    let module: HTML =
      script.map { "<script type=\"module\" src=\"/page/\($0).js\"></script>" } ?? ""
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <title>\(title) · SwiftGAN</title>
      <link rel="stylesheet" href="/page/page.css">
      <link rel="icon" href="data:,">
      \(module)
      </head>
      <body>
      <a class="skip" href="#main">Skip to the content</a>
      <header><nav aria-label="Pages"><a href="/">Runs</a> <a href="/api/openapi.json">API</a></nav></header>
      <main id="main">
      \(content)
      </main>
      </body>
      </html>
      """
  }
}

/// What people see where something is not.
struct ErrorPage {
  private let error: APIError

  init(_ error: APIError) { self.error = error }

  var html: HTML {
    Page(
      title: "\(error.status.code)",
      content: """
        <h1>\(error.status.reasonPhrase)</h1>
        <p>\(error.description)</p>
        <p><a href="/">All runs</a></p>
        """
    ).html
  }
}
