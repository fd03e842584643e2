extension Randomness {
  /// Runs `body` with generators seeded anew, and puts them back afterwards.
  public static func isolated<Result>(
    seed: UInt64, on device: Device, _ body: () throws -> Result
  ) rethrows -> Result {
    let devices = device == .cpu ? [.cpu] : [Device.cpu, device]
    let states = devices.map { ($0, state(of: $0)) }
    Randomness.seed(seed)
    defer { for (device, state) in states { try? restore(state, of: device) } }
    return try body()
  }
}
