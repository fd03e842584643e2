import HTTPTypes
import HummingbirdCore
import Testing

@testable import GANServe

@Suite("Who may ask the server")
struct GateTests {
  private func status(
    _ token: String? = nil, _ path: String = "/", _ method: HTTPRequest.Method = .get,
    headers: [String: String] = [:], host: String = "localhost"
  ) -> Int {
    let gate = Gate(host: "127.0.0.1", port: 80, token: token)
    let head = request(path, method, headers: headers, host: host).head
    do {
      return try gate.check(head) == nil ? 200 : 303
    } catch let error as APIError {
      return error.status.code
    } catch {
      return 500
    }
  }

  @Test("only names of this machine are answered to, with the right port")
  func host() {
    for host in ["localhost", "127.0.0.1", "[::1]", "localhost:80"] {
      #expect(status(host: host) == 200, "\(host)")
    }
    for host in ["evil.example", "localhost:81", "localhost.evil.example", "", "127.0.0.1:80:80"] {
      #expect(status(host: host) == 421, "\(host)")
    }
  }

  @Test("pages of other places may not make the server work")
  func origin() {
    #expect(status(nil, "/", .post, headers: ["Origin": "http://localhost"]) == 200)
    #expect(status(nil, "/", .post) == 200)
    for headers in [
      ["Origin": "http://evil.example"], ["Origin": "null"], ["Origin": "http://localhost:81"],
      ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"],
    ] {
      #expect(status(nil, "/", .post, headers: headers) == 403, "\(headers)")
    }
  }

  @Test("pages of other places may link to pages, and show no pictures that the server would draw")
  func embedded() {
    for site in ["cross-site", "same-site"] {
      for kind in ["image", "iframe", "script", "empty"] {
        let headers = ["Sec-Fetch-Site": site, "Sec-Fetch-Dest": kind]
        #expect(status(nil, "/api/runs/a/sample", headers: headers) == 403, "\(headers)")
      }
      let link = ["Sec-Fetch-Site": site, "Sec-Fetch-Dest": "document"]
      #expect(status(nil, "/runs/a", headers: link) == 200)
      #expect(status(nil, "/runs/a", .post, headers: link) == 403)
    }
    let own = ["Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "image"]
    #expect(status(nil, "/api/runs/a/sample", headers: own) == 200)
    #expect(status(nil, "/", headers: ["Sec-Fetch-Site": "none"]) == 200)
  }

  @Test("with a token, whoever does not bring it is refused, whatever the method")
  func token() {
    let token = "a token of some length"
    for method in [HTTPRequest.Method.get, .post, .delete] {
      #expect(status(token, "/", method) == 401)
      #expect(status(token, "/", method, headers: ["Authorization": "Bearer \(token)"]) == 200)
      #expect(status(token, "/", method, headers: ["Authorization": "Bearer \(token)x"]) == 401)
      #expect(status(token, "/", method, headers: ["Cookie": "a=b; gan_token=\(token)"]) == 200)
      #expect(status(token, "/", method, headers: ["Cookie": "gan_token=no"]) == 401)
    }
    #expect(status(token, "/", host: "any.example") == 401)
  }

  @Test("the token in an address becomes a cookie and leaves the address")
  func entry() throws {
    let gate = Gate(host: "0.0.0.0", port: 80, token: "abcdefghijklmnop")
    func entry(_ path: String) throws -> Gate.Entry? { try gate.check(request(path).head) }
    let first = try #require(try entry("/runs/a?x=1&token=abcdefghijklmnop"))
    #expect(first.location == "/runs/a?x=1")
    #expect(first.cookie.hasPrefix("gan_token=abcdefghijklmnop; HttpOnly; SameSite=Strict"))
    #expect(try entry("//evil.example/?token=abcdefghijklmnop")?.location.hasPrefix("//") != true)
    #expect(throws: APIError.self) { try entry("/?token=abcdefghijklmnox") }
    #expect(newToken().count >= GANServer.shortestToken && newToken() != newToken())
  }
}
