/// Digits that move: of each some frames, in which it crosses a larger picture in a straight line and turns
/// back at the border. Frames follow one another in the set; where a digit starts and how fast it is
/// follows from its own picture's number alone, whatever it looks like.
struct MovingDigits: ImageSource {
  /// Frames of one digit.
  static let frames = 6
  /// The side of a frame.
  static let side = 40

  private let base: any ImageSource
  private let look: (any DigitPicture)?

  /// - Parameter look: what is made of each digit; `nil` leaves it as it is.
  init(_ digits: any ImageSource, look: (any DigitPicture)?) {
    (base, self.look) = (digits, look)
  }

  var count: Int { base.count * Self.frames }
  var classNames: [String] { base.classNames }
  var preferredFit: ImageFit { .pad }

  func label(at index: Int) -> Int? { base.label(at: index / Self.frames) }

  func name(at index: Int) -> String {
    "\(base.name(at: index / Self.frames))/\(index % Self.frames)"
  }

  func header(at index: Int) throws -> ImageHeader {
    ImageHeader(
      width: Self.side, height: Self.side, channels: look?.channels ?? 1,
      mode: look?.channels == 3 ? "RGB" : "grey")
  }

  func decoded(at index: Int) throws -> (image: DecodedImage, header: ImageHeader) {
    let (digit, frame) = index.quotientAndRemainder(dividingBy: Self.frames)
    let plain = try base.image(at: digit).converted(toChannels: 1)
    let number = SplitMix64.number(of: base.name(at: digit).split(separator: "/").last ?? "")
    let place = Course(of: plain.size, number: number).place(frame)
    let placed = plain.placed(x: place.x, y: place.y, in: Self.side)
    // An outline may be wider than the digit's own picture.
    return (look?.picture(of: placed, number: number) ?? placed, try header(at: index))
  }
}

/// Where a digit is from frame to frame.
private struct Course {
  /// Pixels a frame.
  private static let speeds = [-4, -3, -2, 2, 3, 4]
  private let start, speed: (x: Int, y: Int)
  private let room: (x: Int, y: Int)

  init(of digit: ImageSize, number: UInt64) {
    var random = SplitMix64(seed: number)
    func pair(_ draw: (Int) -> Int, _ x: Int, _ y: Int) -> (x: Int, y: Int) { (draw(x), draw(y)) }
    room = (MovingDigits.side - digit.width, MovingDigits.side - digit.height)
    start = pair({ random.next(below: $0) }, room.x + 1, room.y + 1)
    let count = Self.speeds.count
    speed = pair({ Self.speeds[random.next(below: $0)] }, count, count)
  }

  func place(_ frame: Int) -> (x: Int, y: Int) {
    (
      reflected(start.x + frame * speed.x, below: room.x),
      reflected(start.y + frame * speed.y, below: room.y)
    )
  }

  /// A place on a line that turns back at 0 and at its end.
  private func reflected(_ place: Int, below end: Int) -> Int {
    let turn = 2 * end
    let there = ((place % turn) + turn) % turn
    return min(there, turn - there)
  }
}

extension DecodedImage {
  /// The picture in a black square.
  ///
  /// - Precondition: it fits there.
  fileprivate func placed(x: Int, y: Int, in side: Int) -> DecodedImage {
    precondition(x >= 0 && y >= 0 && x + width <= side && y + height <= side, "outside")
    var result = [UInt8](repeating: 0, count: side * side * channels)
    for row in 0..<height {
      let to = ((y + row) * side + x) * channels
      result.replaceSubrange(
        to..<to + width * channels,
        with: pixels[row * width * channels..<(row + 1) * width * channels])
    }
    return DecodedImage(width: side, height: side, channels: channels, pixels: result)
  }
}
