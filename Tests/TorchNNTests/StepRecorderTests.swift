import Testing
import Torch

@testable import TorchNN

@Suite("Steps that are taken down")
struct StepRecorderTests {
  /// In place of a GPU: says what it was asked for.
  private final class Diary: WorkRecorder {
    final class Part: RepeatableWork {
      let (number, diary): (Int, Diary)
      init(_ number: Int, _ diary: Diary) { (self.number, self.diary) = (number, diary) }
      func `repeat`() { diary.lines.append("part \(number)") }
    }

    var lines: [String] = []
    private var count = 0
    private let failing: Int?

    init(failing: Int? = nil) { self.failing = failing }

    func begin() { lines.append("begin") }
    func end() -> (any RepeatableWork)? {
      lines.append("end")
      count += 1
      return count == failing ? nil : Part(count, self)
    }
  }

  @Test("Updates are made between the parts, each time anew; what is counted is not counted twice")
  func order() throws {
    let diary = Diary()
    let counter = Counter()
    let step = try #require(
      StepRecorder.record(with: diary) {
        counter.advance()
        StepRecorder.update { diary.lines.append("first at \(counter.value)") }
        StepRecorder.update { diary.lines.append("second") }
      })
    #expect(diary.lines == ["begin", "end", "begin", "end", "begin", "end"] && counter.value == 1)
    diary.lines = []
    step.finish()
    #expect(diary.lines == ["part 1", "first at 1", "part 2", "second", "part 3"])
    #expect(counter.value == 1)
    step.repeat()
    #expect(
      counter.value == 2
        && diary.lines[5...] == ["part 1", "first at 2", "part 2", "second", "part 3"])
  }

  @Test("A step that cannot be recorded is none, and none of its updates was made")
  func failure() {
    let parameter = Parameter(.zeros([2]))
    let optimizer = SGD([parameter], learningRate: 1.0)
    let step = StepRecorder.record(with: Diary(failing: 2)) { optimizer.apply([Tensor.ones([2])]) }
    #expect(step == nil)
    #expect(parameter.value.doubles == [0, 0] && optimizer.updates.value == 0)
  }

  @Test("An optimizer goes on in its schedule, and sees what its gradients hold by then")
  func schedule() throws {
    let parameter = Parameter(.zeros([1]))
    let optimizer = SGD([parameter], learningRate: .piecewise([4, 2, 1], borders: [1, 2]))
    let gradient = Tensor.ones([1])
    let step = try #require(StepRecorder.record(with: Diary()) { optimizer.apply([gradient]) })
    #expect(parameter.value.doubles == [0] && optimizer.updates.value == 0)
    step.finish()
    #expect(parameter.value.doubles == [-4] && optimizer.updates.value == 1)
    step.repeat()
    #expect(parameter.value.doubles == [-6])
    InPlace.copy(.full([1], 10), into: gradient)
    step.repeat()
    #expect(parameter.value.doubles == [-16] && optimizer.updates.value == 3)
  }

  @Test("Outside of a recording everything happens at once")
  func outside() {
    let counter = Counter()
    counter.advance()
    counter.advance(by: 3)
    var isDone = false
    StepRecorder.update { isDone = true }
    #expect(counter.value == 4 && isDone)
    counter.reset()
    #expect(counter.value == 0)
  }

  @Test("A list of operations has shapes and numbers")
  func operations() {
    let tensor = Tensor.ones([2, 3])
    let log = OperationLog.record { _ = tensor * 0.25 }
    #expect(
      log.contains { $0.hasPrefix("aten::mul") && $0.contains("[2, 3]") && $0.contains("0.25") })
    let other = OperationLog.record { _ = tensor * 0.5 }
    #expect(log != other && OperationLog.record { _ = tensor * 0.5 } == other)
  }
}
