import Foundation
import Testing

/// Which targets a target may use. An arrow that is not here points up.
private let allowed: [String: Set<String>] = [
  "CTorch": [],
  "CImage": [],
  "CCairo": [],
  "Torch": ["CTorch"],
  "TorchNN": ["Torch"],
  "GANKit": ["Torch", "TorchNN"],
  "GANData": ["CImage"],
  "GANMetrics": ["Torch", "TorchNN", "GANData"],
  "GANTraining": ["Torch", "TorchNN", "GANKit", "GANData"],
  "GANZoo": ["Torch", "TorchNN", "GANKit", "GANMetrics"],
  "GANAnalysis": [
    "CCairo", "Torch", "TorchNN", "GANKit", "GANData", "GANMetrics", "GANTraining",
  ],
  "SwiftGAN": [
    "Torch", "TorchNN", "GANKit", "GANData", "GANMetrics", "GANTraining", "GANZoo", "GANAnalysis",
  ],
  "GANExport": [
    "Torch", "TorchNN", "GANKit", "GANData", "GANTraining", "GANZoo", "SwiftGAN",
  ],
  "GANServe": [
    "Torch", "TorchNN", "GANKit", "GANData", "GANMetrics", "GANTraining", "GANZoo", "GANAnalysis",
    "SwiftGAN",
  ],
  "gan": [
    "Torch", "TorchNN", "GANKit", "GANData", "GANMetrics", "GANTraining", "GANZoo", "GANAnalysis",
    "SwiftGAN", "GANServe", "GANExport",
  ],
]

@Suite("Targets and their dependencies")
struct LayerTests {
  @Test("the manifest has no arrow that points up")
  func manifest() throws {
    guard let package = try Manifest.dumped() else {
      print("ArchitectureTests: no swift on the PATH, the manifest is not looked at")
      return
    }
    for target in package.targets where target.type != "test" {
      guard let may = allowed[target.name] else {
        // Benchmarks and the support of the tests lie outside of Sources and may use everything.
        #expect(target.path != nil, "\(target.name) is in no layer")
        continue
      }
      for dependency in target.localDependencies where allowed[dependency] != nil {
        #expect(may.contains(dependency), "\(target.name) must not depend on \(dependency)")
      }
      #expect(
        !target.localDependencies.contains("TestSupport"), "\(target.name) uses the tests' support")
    }
  }

  @Test("no target needs unsafe flags, so that others can depend on the package")
  func flags() throws {
    guard let package = try Manifest.dumped() else { return }
    #expect(package.targets.allSatisfy { !$0.hasUnsafeFlags })
    #expect(try !SourceFile.text(of: "Package.swift").contains("unsafeFlags"))
  }

  @Test("every folder of tests is run")
  func tests() throws {
    guard let package = try Manifest.dumped() else { return }
    let folders = try FileManager.default.contentsOfDirectory(
      atPath: SourceFile.root.appendingPathComponent("Tests").path)
    #expect(
      Set(package.targets.filter { $0.type == "test" }.map(\.name))
        == Set(folders.filter { $0.hasSuffix("Tests") }))
  }

  @Test("the library is everything but the tool")
  func product() throws {
    guard let package = try Manifest.dumped() else { return }
    let library = try #require(package.products.first { $0.name == "SwiftGAN" })
    #expect(
      Set(library.targets).isSuperset(of: [
        "Torch", "TorchNN", "GANKit", "GANData", "GANTraining", "GANZoo",
      ]))
    #expect(!library.targets.contains("gan"))
  }

  /// What the manifest allows a whole target, the sources of a target may still not do.
  @Test("sources import only what lies below them")
  func imports() throws {
    for file in try SourceFile.all(below: "Sources") {
      let target = String(file.path.split(separator: "/")[1])
      let may = try #require(allowed[target], "\(file.path): is in no layer")
      for name in file.imports where allowed[name] != nil {
        #expect(may.contains(name), "\(file.path) imports \(name)")
      }
      if file.imports.contains("CTorch") { #expect(target == "Torch", "\(file.path)") }
      if file.imports.contains("CImage") { #expect(target == "GANData", "\(file.path)") }
      if file.imports.contains("CCairo") { #expect(target == "GANAnalysis", "\(file.path)") }
    }
  }

  @Test("only CTorch includes LibTorch")
  func includes() throws {
    for file in try SourceFile.all(below: "Sources", endings: ["h", "c", "cpp", "swift"])
    where !file.path.hasPrefix("Sources/CTorch/") {
      for header in ["<ATen/", "<torch/", "<c10/"] {
        #expect(!file.text.contains(header), "\(file.path) includes \(header)")
      }
    }
  }
}

// MARK: - The manifest as SwiftPM reads it

private struct Manifest: Decodable {
  struct Product: Decodable {
    var name: String
    var targets: [String]
  }

  struct Target: Decodable {
    var name: String
    var type: String
    var path: String?
    var settings: [Setting]
    var localDependencies: [String]
    var hasUnsafeFlags: Bool { settings.contains { $0.kind["unsafeFlags"] != nil } }

    struct Setting: Decodable { var kind: [String: Ignored] }
    struct Ignored: Decodable {}

    private enum Key: String, CodingKey { case name, type, path, dependencies, settings }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      name = try container.decode(String.self, forKey: .name)
      type = try container.decode(String.self, forKey: .type)
      path = try container.decodeIfPresent(String.self, forKey: .path)
      settings = try container.decodeIfPresent([Setting].self, forKey: .settings) ?? []
      let list = try container.decode([Dependency].self, forKey: .dependencies)
      localDependencies = list.compactMap(\.name)
    }
  }

  /// `{"byName": ["Torch", null]}`, `{"target": ...}` or `{"product": ...}`.
  struct Dependency: Decodable {
    var name: String?
    private enum Key: String, CodingKey { case byName, target }

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      for key in [Key.byName, .target] where container.contains(key) {
        var list = try container.nestedUnkeyedContainer(forKey: key)
        name = try list.decode(String.self)
      }
    }
  }

  var products: [Product]
  var targets: [Target]

  /// What `swift package dump-package` says; `nil` without `swift`.
  static func dumped() throws -> Manifest? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.currentDirectoryURL = SourceFile.root
    // A scratch folder of its own: the tests' own build may hold the lock of the usual one.
    let scratch = FileManager.default.temporaryDirectory.appendingPathComponent("swiftgan-dump")
    process.arguments = ["swift", "package", "--scratch-path", scratch.path, "dump-package"]
    // A file and not a pipe: reading a pipe to its end fails where a signal interrupts it.
    let output = FileManager.default.temporaryDirectory
      .appendingPathComponent("swiftgan-manifest-\(UUID().uuidString)")
    try Data().write(to: output)
    defer { try? FileManager.default.removeItem(at: output) }
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    process.waitUntilExit()
    if process.terminationStatus == 127 { return nil }
    return try JSONDecoder().decode(Manifest.self, from: Data(contentsOf: output))
  }
}
