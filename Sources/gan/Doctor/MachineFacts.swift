import ArgumentParser
import Foundation
import GANMetrics
import GANTraining
import SwiftGAN
import Torch

/// What a machine has and how much of it is free.
extension Diagnosis {
  /// Programs and places, for which nothing has to be loaded.
  mutating func examineSystem() {
    let version = GANCommand.configuration.version
    add("gan", "\(version), \(Bundle.main.executablePath ?? "")", ["version": .text(version)])
    examineMemory()
    examineDisk(at: "runs")
    examineSharedMemory()
    let ffmpeg = Executable.named("ffmpeg")?.path
    add(
      "ffmpeg", ffmpeg ?? "not on the PATH; videos (.mp4) alone need it",
      ["ffmpeg": ffmpeg.map(Fact.text) ?? .nothing])
  }

  private mutating func examineMemory() {
    let all = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    let free = OutOfMemory.available.map { Int(clamping: $0) }
    let rest = free.map { ", \(gigabytes($0)) of it free" } ?? ""
    add(
      "memory", gigabytes(all) + rest,
      ["memoryBytes": .whole(all), "freeMemoryBytes": free.map(Fact.whole) ?? .nothing])
    if let free, free < 1_000_000_000 {
      add(
        problem: "only \(gigabytes(free)) of memory is free",
        advice: "end other programs; a training of small images takes about 0.5 GB")
    }
  }

  /// - Parameter path: of the folder of runs, which need not be there.
  private mutating func examineDisk(at path: String) {
    let place = URL(fileURLWithPath: path).path
    let free = DiskSpace.free(at: path)
    add(
      "runs", "\(place), \(free.map { "\(gigabytes($0)) free" } ?? "free space unknown")",
      ["runs": .text(place), "freeDiskBytes": free.map(Fact.whole) ?? .nothing])
    if let free, free < 1_000_000_000 {
      add(
        problem: "\(place): only \(gigabytes(free)) of the disk is free",
        advice: "remove old runs or checkpoints (--keep 1), or train with --output elsewhere")
    }
    let isThere = FileManager.default.fileExists(atPath: place)
    let folder = isThere ? place : URL(fileURLWithPath: place).deletingLastPathComponent().path
    if !FileManager.default.isWritableFile(atPath: folder) {
      add(
        problem: "\(folder): cannot be written to",
        advice: "go to a folder of your own, or train with --output elsewhere")
    }
  }

  /// Processes of one machine talk through it.
  private mutating func examineSharedMemory() {
    #if os(Linux)
      let place = "/dev/shm"
      let isThere = FileManager.default.fileExists(atPath: place)
      let free = isThere ? DiskSpace.free(at: place) : nil
      let text = free.map { "\(place), \(gigabytes($0)) free" }
      add(
        "shared memory", text ?? "none; several processes (torchrun) then talk through sockets",
        ["freeSharedMemoryBytes": free.map(Fact.whole) ?? .nothing])
    #endif
  }
}

/// What computes.
extension Diagnosis {
  /// LibTorch and what it computes on.
  mutating func examineLibTorch() {
    // On Linux the library that LibTorch's processor code is in.
    let version = LibTorch.version
    let folder = LoadedLibrary.folder(of: "libtorch_cpu.so") ?? LibTorch.folder
    add(
      "LibTorch", "\(version), \(folder.path)",
      ["libtorch": .text(version), "libtorchFolder": .text(folder.path)])
    examineGPUs()
    examineProcessor()
    examineNetworks()
  }

  private mutating func examineProcessor() {
    let processor = LibTorch.processor
    let features = Processor.Feature.allCases.filter(processor.features.contains).map(\.rawValue)
    let cores = ProcessInfo.processInfo.activeProcessorCount
    let choice = ThreadChoice.measured()
    let hasBFloat16 = PrecisionSpeed.isPossible
    add(
      "processor", processor.description,
      ["processor": .text(processor.model), "vectorInstructions": .texts(features)])
    let reason = choice.remark == nil ? "" : " (other processes use some)"
    add(
      "cores", "\(cores), of which a training takes \(choice.threads) now\(reason)",
      ["cores": .whole(cores), "threads": .whole(choice.threads)])
    add(
      "bfloat16",
      hasBFloat16
        ? "the processor multiplies it; --precision auto measures whether a system's steps are faster"
        : "the processor has no instructions for it; --precision auto takes float32",
      ["hasBFloat16": .flag(hasBFloat16)])
  }

  private mutating func examineGPUs() {
    var names = ["cpu"]
    for kind in ["cuda", "mps"] {
      do {
        _ = try Device(named: kind)
        names += kind == "cuda" ? Self.gpus() : [kind]
      } catch {
        let isThere = kind == "cuda" && FileManager.default.fileExists(atPath: "/dev/nvidia0")
        guard isThere else { continue }
        add(
          problem: "there is an NVIDIA GPU that LibTorch cannot use: \(error)",
          advice: "install a driver and a PyTorch for CUDA, then make setup")
      }
    }
    add("devices", names.joined(separator: ", "), ["devices": .texts(names)])
  }

  /// All GPUs of LibTorch by name.
  private static func gpus() -> [String] {
    do {
      _ = try Device(named: "cuda:1000000")
      return ["cuda"]
    } catch DeviceError.absent(_, let count) {
      return (0..<count).map { "cuda:\($0)" }
    } catch {
      return ["cuda"]
    }
  }

  /// The networks by which images in colour are compared.
  private mutating func examineNetworks() {
    for depth in EfficientNetLite.Depth.allCases {
      let path = depth.installedFile.path
      let isThere = FileManager.default.fileExists(atPath: path)
      add(
        depth.rawValue,
        isThere ? path : "not installed; evaluation of images in colour needs it: make features",
        [depth.rawValue: isThere ? .text(path) : .nothing])
      guard isThere else { continue }
      do {
        _ = try PhotoFeatures.installed(depth)
      } catch {
        add(problem: "\(error)", advice: "remove it, then make features")
      }
    }
  }
}
