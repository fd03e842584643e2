import CImage

/// Animated WebP files, without loss.
public enum WebPAnimation {
  /// An animation that repeats for ever. A frame that equals the one before makes that one stay longer.
  ///
  /// - Parameters:
  ///   - frames: At least one picture; all of one size.
  ///   - delay: Milliseconds that each frame stays, at least 1.
  ///   - path: What the file is called in errors.
  /// - Throws: `DataError` for sides above 16383 pixels, of which WebP takes no more.
  public static func data(
    frames: [DecodedImage], delay: UInt16, path: String
  ) throws -> [UInt8] {
    guard let first = frames.first else { preconditionFailure("an animation needs a frame") }
    precondition(frames.allSatisfy { $0.size == first.size }, "frames of different sizes")
    do throws(CodecFailure) {
      let encoder = try Encoder(width: first.width, height: first.height)
      for (index, frame) in frames.enumerated() {
        try encoder.add(frame.converted(toChannels: 3).pixels, at: index * Int(delay))
      }
      return try encoder.end(at: frames.count * Int(delay))
    } catch {
      throw DataError.cannotWrite(path: path, reason: error.message)
    }
  }
}

/// libwebpmux's encoder, which lives as long as this.
private final class Encoder {
  private let animation: OpaquePointer

  init(width: Int, height: Int) throws(CodecFailure) {
    var made: OpaquePointer?
    try CodecFailure.check { error in
      made = ci_webp_animation_begin(UInt32(width), UInt32(height), error)
      return made == nil ? CI_BAD_DATA : CI_OK
    }
    guard let made else { throw CodecFailure(status: CI_BAD_DATA, message: "no animation") }
    animation = made
  }

  deinit { ci_webp_animation_free(animation) }

  func add(_ pixels: [UInt8], at milliseconds: Int) throws(CodecFailure) {
    try CodecFailure.check { error in
      ci_webp_animation_add(animation, pixels, Int32(milliseconds), error)
    }
  }

  func end(at milliseconds: Int) throws(CodecFailure) -> [UInt8] {
    var (file, length) = (nil as UnsafeMutablePointer<UInt8>?, 0)
    try CodecFailure.check { error in
      ci_webp_animation_end(animation, Int32(milliseconds), &file, &length, error)
    }
    defer { ci_webp_free(file) }
    return Array(UnsafeBufferPointer(start: file, count: length))
  }
}
