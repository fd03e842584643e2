import CImage

/// The image formats that can be read, told apart by content and never by the file's name.
enum ImageFormat: CaseIterable {
  case png
  case jpeg
  case webp
  case tiff
  case gif
  case bmp

  /// The names of all, as a message tells them.
  static let names = "PNG, JPEG, WebP, TIFF, GIF or BMP"

  /// The extensions of files that are taken for pictures, in lower case.
  static let extensions: Set = [
    "png", "jpg", "jpeg", "jpe", "jfif", "webp", "tif", "tiff", "gif", "bmp", "dib",
  ]

  init?(magic bytes: [UInt8]) {
    let format = Self.allCases.first { format in
      format.signatures.contains { bytes.dropFirst($0.offset).starts(with: $0.magic) }
    }
    guard let format else { return nil }
    self = format
  }

  private var signatures: [(magic: [UInt8], offset: Int)] {
    switch self {
    case .png: [([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], 0)]
    case .jpeg: [([0xFF, 0xD8, 0xFF], 0)]
    case .webp: [(Array("WEBP".utf8), 8)]
    // Both byte orders, and those of files above 4 GiB.
    case .tiff:
      [
        ([0x49, 0x49, 0x2A, 0], 0), ([0x4D, 0x4D, 0, 0x2A], 0), ([0x49, 0x49, 0x2B, 0], 0),
        ([0x4D, 0x4D, 0, 0x2B], 0),
      ]
    case .gif: [(Array("GIF87a".utf8), 0), (Array("GIF89a".utf8), 0)]
    case .bmp: [(Array("BM".utf8), 0)]
    }
  }

  /// Reads a header.
  func header(
    _ bytes: [UInt8], into header: inout ci_header
  ) throws(CodecFailure) {
    try CodecFailure.check { error in
      switch self {
      case .png: ci_png_header(bytes, bytes.count, &header, error)
      case .jpeg: ci_jpeg_header(bytes, bytes.count, &header, error)
      case .webp: ci_webp_header(bytes, bytes.count, &header, error)
      case .tiff: ci_tiff_header(bytes, bytes.count, &header, error)
      case .gif: ci_gif_header(bytes, bytes.count, &header, error)
      case .bmp: ci_bmp_header(bytes, bytes.count, &header, error)
      }
    }
  }

  /// Decodes a file into a buffer that is as large as its header asks for, a JPEG at so many eighths of its
  /// size.
  func decode(
    _ bytes: [UInt8], eighths: Int, into pixels: UnsafeMutableBufferPointer<UInt8>
  ) throws(CodecFailure) {
    let (target, capacity) = (pixels.baseAddress, pixels.count)
    try CodecFailure.check { error in
      switch self {
      case .png: ci_png_decode(bytes, bytes.count, target, capacity, error)
      case .jpeg:
        ci_jpeg_decode(bytes, bytes.count, UInt32(eighths), target, capacity, error)
      case .webp: ci_webp_decode(bytes, bytes.count, target, capacity, error)
      case .tiff: ci_tiff_decode(bytes, bytes.count, target, capacity, error)
      case .gif: ci_gif_decode(bytes, bytes.count, target, capacity, error)
      case .bmp: ci_bmp_decode(bytes, bytes.count, target, capacity, error)
      }
    }
  }
}

extension ImageFormat {
  /// A sentence on what `bytes` are instead of a picture we read.
  static func complaint(about bytes: [UInt8]) -> String {
    if bytes.isEmpty { return "the file is empty" }
    if isLargeFilePointer(bytes) { return largeFileAdvice }
    let others: [(name: String, magic: [UInt8], offset: Int)] = [
      ("HEIF or AVIF", Array("ftyp".utf8), 4), ("JPEG XL", [0xFF, 0x0A], 0),
      ("JPEG XL", Array("JXL ".utf8), 4), ("JPEG 2000", Array("jP  ".utf8), 4),
      ("Photoshop", Array("8BPS".utf8), 0), ("PDF", Array("%PDF".utf8), 0),
      ("HTML", Array("<!DOCTYPE".utf8), 0), ("HTML", Array("<html".utf8), 0),
      ("SVG", Array("<svg".utf8), 0), ("XML", Array("<?xml".utf8), 0),
    ]
    let match = others.first { bytes.dropFirst($0.offset).starts(with: $0.magic) }
    if let match {
      return "\(match.name), not \(names)"
    }
    let start = bytes.prefix(4).map { hexadecimal($0) }.joined(separator: " ")
    return "no \(names) (starts with \(start))"
  }

  /// Whether a file stands for one that Git LFS has not fetched.
  static func isLargeFilePointer(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: "version https://git-lfs".utf8)
  }

  /// What to do about such a file.
  static let largeFileAdvice =
    "a pointer of Git LFS, not the file itself; fetch it with `git lfs pull`"
}
