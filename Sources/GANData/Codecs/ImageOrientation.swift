/// Which way a stored picture is to be shown: the values of EXIF's tag 0x0112 and TIFF's own.
public enum ImageOrientation: Int, Sendable, CaseIterable {
  /// As it is stored.
  case upright = 1
  /// Left and right exchanged.
  case mirrored
  /// Turned by half a turn.
  case halfTurn
  /// Top and bottom exchanged.
  case flipped
  /// Rows and columns exchanged.
  case transposed
  /// Turned right by a quarter.
  case quarterRight
  /// Rows and columns exchanged along the other diagonal.
  case transverse
  /// Turned left by a quarter.
  case quarterLeft

  /// Whether width and height change places.
  var exchangesSides: Bool { rawValue > 4 }

  /// The shown picture.
  ///
  /// - Parameters:
  ///   - pixels: `height * width * samples` stored values.
  func applied(to pixels: [UInt8], width: Int, height: Int, samples: Int) -> [UInt8] {
    if self == .upright { return pixels }
    // Where the first shown pixel is stored, and how far it is to the next of a row and of a column.
    let (right, down) = (1, width)
    let (lastX, lastY) = (width - 1, (height - 1) * width)
    let (start, alongRow, alongColumn) =
      switch self {
      case .upright: (0, right, down)
      case .mirrored: (lastX, -right, down)
      case .halfTurn: (lastX + lastY, -right, -down)
      case .flipped: (lastY, right, -down)
      case .transposed: (0, down, right)
      case .quarterRight: (lastY, -down, right)
      case .transverse: (lastX + lastY, -down, -right)
      case .quarterLeft: (lastX, down, -right)
      }
    let (columns, rows) = exchangesSides ? (height, width) : (width, height)
    return [UInt8](unsafeUninitializedCapacity: pixels.count) { buffer, count in
      pixels.withUnsafeBufferPointer { stored in
        var target = 0
        for y in 0..<rows {
          for x in 0..<columns {
            let source = (start + x * alongRow + y * alongColumn) * samples
            for sample in 0..<samples { buffer[target + sample] = stored[source + sample] }
            target += samples
          }
        }
      }
      count = pixels.count
    }
  }
}

extension ImageOrientation {
  /// What the beginning of an image file says; upright where it says nothing.
  init(of bytes: [UInt8], _ format: ImageFormat) {
    let block: ArraySlice<UInt8> =
      switch format {
      case .jpeg: Self.exifOfJPEG(bytes)
      case .png: Self.exifOfPNG(bytes)
      case .webp: Self.exifOfWebP(bytes)
      case .tiff: bytes[...]
      case .gif, .bmp: []
      }
    self = Self.tag(inEXIF: block) ?? .upright
  }

  /// Whether a file whose beginning is given has its orientation behind that.
  static func isBehind(_ bytes: [UInt8]) -> Bool {
    // The flags of an extended WebP; its EXIF data follow the picture.
    bytes.count > 20 && bytes[8..<16].elementsEqual("WEBPVP8X".utf8) && bytes[20] & 8 != 0
  }

  /// The tag of the first directory of a TIFF structure, which is what EXIF data are.
  private static func tag(inEXIF block: ArraySlice<UInt8>) -> ImageOrientation? {
    let bytes = Bytes(block)
    let isLittle: Bool
    switch bytes.word(0, 2, little: true) {
    case 0x4949: isLittle = true
    case 0x4D4D: isLittle = false
    default: return nil
    }
    guard bytes.word(2, 2, little: isLittle) == 42,
      let directory = bytes.word(4, 4, little: isLittle),
      let entries = bytes.word(directory, 2, little: isLittle)
    else { return nil }
    for place in (0..<entries).map({ directory + 2 + 12 * $0 })
    where bytes.word(place, 2, little: isLittle) == 0x0112 {
      return bytes.word(place + 8, 2, little: isLittle).flatMap(Self.init(rawValue:))
    }
    return nil
  }

  private static func exifOfJPEG(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
    let file = Bytes(bytes[...])
    var place = 2
    // Segments up to the first scan.
    while let marker = file.word(place, 2, little: false), marker >> 8 == 0xFF, marker != 0xFFDA {
      // Any number of 0xFF may stand before a marker.
      if marker == 0xFFFF {
        place += 1
        continue
      }
      guard let length = file.word(place + 2, 2, little: false) else { break }
      let content = bytes[
        min(place + 4, bytes.count)..<min(place + 2 + max(length, 2), bytes.count)]
      if marker == 0xFFE1, content.starts(with: "Exif\0\0".utf8) { return content.dropFirst(6) }
      place += 2 + length
    }
    return []
  }

  private static func exifOfPNG(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
    let file = Bytes(bytes[...])
    var place = 8
    while let length = file.word(place, 4, little: false), place + 8 <= bytes.count {
      let content = bytes[(place + 8)..<min(place + 8 + length, bytes.count)]
      if bytes[place + 4..<place + 8].elementsEqual("eXIf".utf8) { return content }
      place += 12 + length
    }
    return []
  }

  private static func exifOfWebP(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
    let file = Bytes(bytes[...])
    var place = 12
    while let length = file.word(place + 4, 4, little: true), place + 8 <= bytes.count {
      let content = bytes[(place + 8)..<min(place + 8 + length, bytes.count)]
      if bytes[place..<place + 4].elementsEqual("EXIF".utf8) {
        // Some writers put the beginning of a JPEG's segment before the data.
        return content.starts(with: "Exif\0\0".utf8) ? content.dropFirst(6) : content
      }
      place += 8 + length + length % 2
    }
    return []
  }
}

/// Numbers at places of a file that may lie behind its end.
struct Bytes {
  private let bytes: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { self.bytes = bytes }

  /// The number of `count` bytes at `offset`; nil where they are not all there.
  func word(_ offset: Int, _ count: Int, little: Bool) -> Int? {
    guard offset >= 0, offset <= bytes.count - count else { return nil }
    let field = bytes.dropFirst(offset).prefix(count)
    return (little ? Array(field.reversed()) : Array(field)).reduce(0) { $0 << 8 | Int($1) }
  }
}
