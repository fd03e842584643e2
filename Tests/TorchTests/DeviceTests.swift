import Testing
import Torch

@Suite("Devices")
struct DeviceTests {
  @Test("the processor is always there")
  func processor() throws {
    #expect(try Device(named: "cpu") == .cpu)
    #expect("\(Device.cpu)" == "cpu")
    #expect("\(Device.cuda(1))" == "cuda:1")
    Device.cpu.synchronize()
  }

  @Test(
    "names that mean nothing",
    arguments: [
      "", "gpu", "CPU", "cpu:", ":cpu", "cpu:0", "cuda:", "cuda:x", "cuda:-1", "cuda:+1",
      "cuda:1:2", "cuda: 1", "cuda:99999999999999999999", "mps:0",
    ])
  func nonsense(_ name: String) {
    #expect(throws: DeviceError.unknown(name)) { try Device(named: name) }
    let text = DeviceError.unknown(name).description
    #expect(text == "device '\(name)': expected cpu, cuda, cuda:N or mps")
  }

  @Test("a GPU that no machine has", arguments: ["cuda:4096", "cuda:1000000000000"])
  func absentGPU(_ name: String) {
    let error = #expect(throws: DeviceError.self) { try Device(named: name) }
    #expect(error?.description.contains(name) == true)
    #expect(error?.description.contains("use --device cpu") == true)
  }

  #if os(Linux)
    @Test("Apple's GPU is refused elsewhere")
    func metal() {
      #expect(throws: DeviceError.notInLibTorch(.mps)) { try Device(named: "mps") }
      let text = DeviceError.notInLibTorch(.mps).description
      #expect(text.hasPrefix("device mps: this LibTorch (\(LibTorch.version)) is built without it"))
    }
  #endif

  @Test("CUDA is there or refused with what there is")
  func cuda() throws {
    do {
      #expect(try Device(named: "cuda") == .cuda(0))
    } catch DeviceError.none(let device, _) {
      #expect(device == .cuda(0))
    } catch let error as DeviceError {
      #expect(error == .notInLibTorch(.cuda(0)))
    }
  }

  @Test("why no GPU is found, without LibTorch's advice")
  func noGPU() {
    let reason = "CUDA initialization: Found no NVIDIA driver on your system. Please check that"
    #expect(
      DeviceError.none(.cuda(0), reason: reason).description
        == "device cuda:0: no GPU or no driver was found (Found no NVIDIA driver on your system); "
        + "use --device cpu")
    #expect(
      DeviceError.none(.cuda(0), reason: "").description
        == "device cuda:0: no GPU or no driver was found; use --device cpu")
  }

  @Test("tensors on the processor are not counted")
  func memory() { #expect(Device.cpu.peakMemory == nil) }

  @Test("what LibTorch says about itself")
  func facts() {
    #expect(LibTorch.version.split(separator: ".").count >= 3)
    #expect(LibTorch.threads >= 1)
  }
}
