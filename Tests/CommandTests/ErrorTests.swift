import Foundation
import Testing

/// A command line that must fail with one line.
struct BadCommand: CustomTestStringConvertible {
  let arguments: [String]
  let status: Int32
  let words: [String]

  init(_ line: String, _ words: String..., status: Int32 = 1) {
    arguments = line.split(separator: " ").map { $0 == "''" ? "" : String($0) }
    (self.words, self.status) = (words, status)
  }

  var testDescription: String { arguments.joined(separator: " ") }
}

@Suite("Errors")
struct ErrorTests {
  static let usage = [
    BadCommand("trian", "'trian'", "did you mean 'train'?", status: 64),
    BadCommand("''", "unknown command ''", status: 64),
    BadCommand("data lst", "did you mean 'list'?", status: 64),
    BadCommand("analyze wlk x", "did you mean 'walk'?", status: 64),
    BadCommand("train", "<name>", status: 64),
    BadCommand("train gan --stepz 3", "--stepz", "--steps", status: 64),
    BadCommand("train gan --steps 99999999999999999999", "--steps", status: 64),
    BadCommand("train gan --steps 1e3", "--steps", status: 64),
    BadCommand("train gan --steps 3 --epochs 3", "--steps", "--epochs", status: 64),
    BadCommand("train gan --minutes nan", "--minutes", status: 64),
    BadCommand("train gan --minutes inf", "--minutes", status: 64),
    BadCommand("train gan --minutes=-1", "--minutes", status: 64),
    BadCommand("train gan --minutes 1e300", "--minutes", status: 64),
    BadCommand("train gan --seed=-1", "--seed", status: 64),
    BadCommand("train gan --precision float16", "--precision", "bfloat16", status: 64),
    BadCommand("train gan --set latentSize", "--set", status: 64),
    BadCommand("train gan --set =3", "--set", status: 64),
    BadCommand("train gan --quiet --json", "--quiet", "--json", status: 64),
    BadCommand("resume run --threads 2", "--threads", status: 64),
    BadCommand("sample run", "--output", status: 64),
    BadCommand("sample run --classes 1,,2 --output x.png", "--classes", status: 64),
    BadCommand("sample run --count 3 --noise z.npy --output x.npy", "--noise", status: 64),
  ]

  static let training = [
    BadCommand("train gna", "'gna'", "did you mean 'gan'?"),
    BadCommand("train ''", "unknown system"),
    BadCommand("show wgann", "did you mean 'wgan'?"),
    BadCommand("train gan --steps 0", "--steps", "0"),
    BadCommand("train gan --steps=-5", "--steps", "-5"),
    BadCommand("train gan --data ring --epochs 0", "--epochs"),
    BadCommand("train gan --data ring --epochs 9223372036854775807", "--epochs"),
    BadCommand("train gan --batch-size 0", "--batch-size"),
    BadCommand("train gan --batch-size 65537", "--batch-size"),
    BadCommand("train gan --batch-size 1", "batch size", "at least 2", "found 1"),
    BadCommand("train infogan --batch-size 1", "batch size", "at least 2"),
    BadCommand("train gan --size 100000", "--size", "4096"),
    BadCommand("train gan --size=-3", "--size"),
    BadCommand("train gan --size 4096 --batch-size 6000", "--batch-size", "4096x4096"),
    BadCommand("train gan --channels 2", "--channels"),
    BadCommand("train gan --device tpu", "'tpu'"),
    BadCommand("train gan --device ''", "device ''"),
    BadCommand("train gan --threads 0", "--threads"),
    BadCommand("train gan --threads 100000", "--threads"),
    BadCommand("train gan --log-every 0", "--log-every"),
    BadCommand("train gan --sample-every=-1", "--sample-every"),
    BadCommand("train gan --checkpoint-every 0", "--checkpoint-every"),
    BadCommand("train gan --keep 0", "--keep"),
    BadCommand("train gan --data ''", "''"),
    BadCommand("train gan --data mnits", "did you mean `mnist`?"),
    BadCommand("train gan --data swisroll", "did you mean `swissRoll`?"),
    BadCommand("train gan --data ./nowhere", "./nowhere"),
    BadCommand("train gan --data /dev/null", "/dev/null"),
    BadCommand("train gan --data ring --size 5", "--size", "points"),
    BadCommand("train gan --data cosine --flip", "--flip", "points"),
    BadCommand("train gan --data nowhere.csv", "nowhere.csv: cannot be read"),
    BadCommand("train gan --data consine", "did you mean `cosine`?"),
    BadCommand("train dcgan --data cosine", "dcgan needs"),
    BadCommand("train cgan --data ring", "labelled"),
    BadCommand("train dcgan --data ring", "power of two"),
    BadCommand("train wgan --size 28", "power of two", "--size"),
    BadCommand("train sn-gan --data ring", "sn-gan needs", "not points"),
    BadCommand("train sn-gan --size 28", "multiples of 8", "--size"),
    BadCommand("train sn-gan --set conditional=true", "'conditional'", "architecture=resnet"),
    BadCommand("train gan --set latentSiz=3", "did you mean 'latentSize'?"),
    BadCommand("train gan --set latentSize=", "latentSize"),
    BadCommand("train gan --set latentSize=5.5", "latentSize", "5.5"),
    BadCommand("train gan --set latentSize=99999999999999999999", "latentSize"),
    BadCommand("train gan --set latentSize=0", "latentSize"),
    BadCommand("train gan --set learningRate=nan", "learningRate"),
    BadCommand("train gan --set generatorWidths=,,", "generatorWidths"),
    BadCommand("train gan --set generatorWidths=8,x", "generatorWidths", "'x'"),
    BadCommand("train gan --set architecture=mpl", "architecture", "mlp, maxout"),
    BadCommand("train gan --data ring --output ''", "--output"),
    BadCommand("train gan --data ring --output file", "file: cannot be written"),
    BadCommand("train gan --data ring --output file/x", "Not a directory"),
    BadCommand("train gan --data ring --output full", "new or empty"),
    BadCommand("resume ''", "RUN"),
    BadCommand("resume nowhere", "nowhere"),
    BadCommand("resume file", "file"),
    BadCommand("resume full", "full"),
    BadCommand("data inspect nowhere", "'nowhere'"),
    BadCommand("data inspect ring", "points"),
    BadCommand("data inspect full", "full"),
  ]

  @Test("A wrong command line ends with one line and status 64", arguments: usage)
  func usageErrors(command: BadCommand) throws { try check(command) }

  @Test("A wrong value ends with one line and status 1", arguments: training)
  func valueErrors(command: BadCommand) throws { try check(command) }

  private func check(_ command: BadCommand) throws {
    let scratch = try Scratch()
    try Data("text".utf8).write(to: scratch.path("file"))
    try FileManager.default.createDirectory(
      at: scratch.path("full"), withIntermediateDirectories: true)
    try Data("text".utf8).write(to: scratch.path("full/notes.txt"))
    let result = try scratch.gan(command.arguments)
    #expect(result.failed(command.status, naming: command.words), "\(result)")
    #expect(scratch.names("") == ["file", "full"], "nothing may be left behind")
  }

  @Test("Running out of memory is one line")
  func outOfMemory() throws {
    let arguments = [
      "train", "gan", "--data", "ring", "--batch-size", "65536", "--set", "generatorWidths=65536",
      "--threads", "1", "--output", "run",
    ]
    let scratch = try Scratch()
    let process = try CommandProcess(
      arguments, in: scratch.url, shell: "ulimit -d 3000000; exec \"$0\" \"$@\"")
    let result = process.wait()
    #expect(result.failed(naming: ["memory", "--batch-size"]), "\(result)")
  }

  @Test("Divergence names the step, the loss and the last good checkpoint")
  func divergence() throws {
    let scratch = try Scratch()
    let result = try scratch.gan(
      "train", "gan", "--data", "ring", "--set", "architecture=maxout", "--set", "learningRate=10",
      "--set", "generatorWidths=8", "--set", "discriminatorWidths=8", "--steps", "500",
      "--batch-size", "16", "--checkpoint-every", "3", "--threads", "1", "--output", "run",
      "--quiet")
    let last = try #require(scratch.names("run/checkpoints").last)
    #expect(result.failed(naming: ["run: diverged: ", "at step", "checkpoints/\(last)"]))
    let messages = try scratch.jsonLines("run/messages.jsonl")
    #expect(messages.last?["kind"] as? String == "failure")
    #expect((messages.last?["text"] as? String)?.hasSuffix("became infinite or NaN") == true)
  }

  @Test("A disk that cannot be written to is named", .enabled(if: access("/dev/full", W_OK) == 0))
  func fullOutput() throws {
    let scratch = try Scratch()
    let process = try CommandProcess(
      ["list"], in: scratch.url, shell: "exec \"$0\" \"$@\" > /dev/full")
    #expect(process.wait().failed(naming: ["standard output", "No space left"]))
  }

  @Test("A reader that stops reading is no failure")
  func closedPipe() throws {
    let scratch = try Scratch()
    let process = try CommandProcess(
      ["list"], in: scratch.url, shell: "\"$0\" \"$@\" | head -n 1")
    #expect(process.wait().errors.isEmpty)
  }
}
