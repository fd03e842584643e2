/// The outline of a digit: white where a dark pixel touches a bright one, so that nothing of the
/// strokes themselves is left.
struct DigitOutline: DigitPicture {
  let channels = 1

  func picture(of digit: DecodedImage, number: UInt64) -> DecodedImage {
    let (width, height) = (digit.width, digit.height)
    func isInk(_ x: Int, _ y: Int) -> Bool {
      x >= 0 && y >= 0 && x < width && y < height && digit.pixels[y * width + x] >= 128
    }
    var pixels = [UInt8](repeating: 0, count: width * height)
    for y in 0..<height {
      for x in 0..<width where !isInk(x, y) {
        let touches = isInk(x - 1, y) || isInk(x + 1, y) || isInk(x, y - 1) || isInk(x, y + 1)
        if touches { pixels[y * width + x] = 255 }
      }
    }
    return DecodedImage(width: width, height: height, channels: 1, pixels: pixels)
  }
}

/// The outline of a digit, soft and three pixels wide. Finer lines are lost in the maps that translators work
/// on: without a target to look at, they draw grids of dots instead.
struct SoftOutline: DigitPicture {
  let channels = 1

  func picture(of digit: DecodedImage, number: UInt64) -> DecodedImage {
    let (width, height) = (digit.width, digit.height)
    let grey = digit.pixels.map(Int.init)
    // By how much the brightest neighbour is brighter, then twice the mean of that.
    let edge = Grid(grey, width, height).map { around, own in
      max(around(-1, 0), around(1, 0), around(0, -1), around(0, 1), own) - own
    }
    let soft = Grid(edge, width, height).map { around, _ in
      let sum = (-1...1).reduce(0) { sum, y in (-1...1).reduce(sum) { $0 + around($1, y) } }
      return min((2 * sum + 4) / 9, 255)
    }
    return DecodedImage(
      width: width, height: height, channels: 1, pixels: soft.map { UInt8($0) })
  }
}

/// Numbers of pixels, beyond whose border there are zeros.
private struct Grid {
  private let values: [Int]
  private let width, height: Int

  init(_ values: [Int], _ width: Int, _ height: Int) {
    (self.values, self.width, self.height) = (values, width, height)
  }

  /// A number for each pixel, of those at a distance from it and of its own.
  func map(_ body: (_ around: (Int, Int) -> Int, _ own: Int) -> Int) -> [Int] {
    values.indices.map { place in
      let (row, column) = place.quotientAndRemainder(dividingBy: width)
      func around(_ x: Int, _ y: Int) -> Int {
        let (x, y) = (column + x, row + y)
        return x >= 0 && y >= 0 && x < width && y < height ? values[y * width + x] : 0
      }
      return body(around, values[place])
    }
  }
}

/// A digit in squares, each of its mean brightness.
struct PixelatedDigit: DigitPicture {
  let block: Int
  let channels = 1

  func picture(of digit: DecodedImage, number: UInt64) -> DecodedImage {
    let (width, height) = (digit.width, digit.height)
    var pixels = digit.pixels
    for top in stride(from: 0, to: height, by: block) {
      for left in stride(from: 0, to: width, by: block) {
        let places = (top..<min(top + block, height)).flatMap { y in
          (left..<min(left + block, width)).map { y * width + $0 }
        }
        let sum = places.reduce(0) { $0 + Int(digit.pixels[$1]) }
        let mean = UInt8((sum + places.count / 2) / places.count)
        for place in places { pixels[place] = mean }
      }
    }
    return DecodedImage(width: width, height: height, channels: 1, pixels: pixels)
  }
}

/// A digit with a hole: a box half as wide and half as high as the digit, anywhere inside of it, in the grey
/// between black and white, so that it is seen on either.
struct MaskedDigit: DigitPicture {
  let channels = 1

  func picture(of digit: DecodedImage, number: UInt64) -> DecodedImage {
    var random = SplitMix64(seed: number)
    let box = PixelBox.random(width: digit.width, height: digit.height, using: &random)
    let hole = PixelMask(box, width: digit.width, height: digit.height)
    return DecodedImage(
      width: digit.width, height: digit.height, channels: 1,
      pixels: hole.filling(digit.pixels, with: 128))
  }
}

/// A digit at a lower resolution: squares of `factor` pixels averaged, and the result enlarged to the
/// digit's size by a cubic filter.
///
/// - Precondition: `factor` divides the digit's sides.
struct ReducedDigit: DigitPicture {
  let factor: Int
  let channels = 1

  func picture(of digit: DecodedImage, number: UInt64) -> DecodedImage {
    let (width, height) = (digit.width / factor, digit.height / factor)
    let blocks = PixelatedDigit(block: factor).picture(of: digit, number: number)
    let small = (0..<width * height).map { place in
      blocks.pixels[place / width * factor * digit.width + place % width * factor]
    }
    return DecodedImage(width: width, height: height, channels: 1, pixels: small)
      .resized(width: digit.width, height: digit.height, filter: .bicubic)
  }
}

/// A digit of a bright texture on a dark one.
struct TexturedDigit: DigitPicture {
  let textures: any TextureSource
  let channels = 3

  func picture(of digit: DecodedImage, number: UInt64) -> DecodedImage {
    let (width, height) = (digit.width, digit.height)
    let ink = textures.patch(width: width, height: height, number: number)
    let ground = textures.patch(width: width, height: height, number: ~number)
    let pixels = (0..<width * height * 3).map { place in
      let share = Int(digit.pixels[place / 3])
      let (bright, dark) = (128 + Int(ink.pixels[place]) / 2, Int(ground.pixels[place]) / 3)
      return UInt8((share * bright + (255 - share) * dark + 127) / 255)
    }
    return DecodedImage(width: width, height: height, channels: 3, pixels: pixels)
  }
}

/// A digit on a textured ground, both in colour. Grounds are of one family whatever the ink.
struct GroundedDigit: DigitPicture {
  /// What the digit is painted with.
  enum Ink {
    /// White.
    case white
    /// A texture of a bright colour.
    case textured
  }

  let textures: any TextureSource
  let ink: Ink
  let channels = 3

  func picture(of digit: DecodedImage, number: UInt64) -> DecodedImage {
    let (width, height) = (digit.width, digit.height)
    let ground = textures.patch(width: width, height: height, number: ~number)
    let paint = paint(width: width, height: height, number: number)
    let pixels = (0..<width * height * 3).map { place in
      let share = Int(digit.pixels[place / 3])
      return UInt8(
        (share * paint[place] + (255 - share) * Int(ground.pixels[place]) / 2 + 127) / 255)
    }
    return DecodedImage(width: width, height: height, channels: 3, pixels: pixels)
  }

  /// White, or a texture of which two channels are bright and one is dark: a strong colour.
  private func paint(width: Int, height: Int, number: UInt64) -> [Int] {
    switch ink {
    case .white: return [Int](repeating: 255, count: width * height * 3)
    case .textured:
      let texture = textures.patch(width: width, height: height, number: number)
      let low = Int(number % 3)
      return texture.pixels.enumerated().map { place, value in
        place % 3 == low ? Int(value) / 4 : 160 + Int(value) * 95 / 255
      }
    }
  }
}

/// Where a digit is: white where there is any ink, black elsewhere.
struct DigitMask: DigitPicture {
  let channels = 1

  func picture(of digit: DecodedImage, number: UInt64) -> DecodedImage {
    DecodedImage(
      width: digit.width, height: digit.height, channels: 1,
      pixels: digit.pixels.map { $0 > 0 ? 255 : 0 })
  }
}

/// |digit - patch| in every channel (Ganin et al. 2016, section 5.1).
struct BlendedDigit: DigitPicture {
  let textures: any TextureSource
  let channels = 3

  func picture(of digit: DecodedImage, number: UInt64) -> DecodedImage {
    let patch = textures.patch(width: digit.width, height: digit.height, number: number)
    let pixels = patch.pixels.indices.map { place in
      UInt8(abs(Int(patch.pixels[place]) - Int(digit.pixels[place / 3])))
    }
    return DecodedImage(
      width: digit.width, height: digit.height, channels: 3, pixels: pixels)
  }
}
