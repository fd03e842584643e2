import Torch
import TorchNN

/// Where eyes, nose and mouth are cut out of turned images, and where they stand in frontal ones.
struct FacePatches {
  /// A patch of a frontal image.
  private struct Place {
    let top, left, height, width: Int
  }

  /// How many patches there are: left eye, right eye, nose and mouth.
  static let count = 4
  /// Height and width of the patches in images of 128x128 (section 3.1.2).
  private static let sizes = [(40, 40), (40, 40), (32, 40), (32, 48)]
  private let places: [Place]
  private let side: Int

  /// - Parameters:
  ///   - halvings: of the local paths; lengths are multiples of 2 to that number.
  ///   - means: shares x, y of the side for each of the four points in frontal images.
  init(side: Int, halvings: Int, means: [Double]) {
    let unit = 1 << halvings
    func length(_ pixels: Int) -> Int {
      let units = Double(pixels * side) / 128 / Double(unit)
      return max(Int(units.rounded(.toNearestOrAwayFromZero)), 1) * unit
    }
    func start(_ share: Double, _ length: Int) -> Int {
      let start = (share * Double(side) - Double(length) / 2).rounded(.toNearestOrEven)
      return min(max(Int(start), 0), side - length)
    }
    places = Self.sizes.enumerated().map { index, size in
      let (height, width) = (length(size.0), length(size.1))
      return Place(
        top: start(means[2 * index + 1], height), left: start(means[2 * index], width),
        height: height, width: width)
    }
    self.side = side
  }

  /// The patches of frontal images `[N, C, side, side]`.
  func cut(_ images: Tensor) -> [Tensor] {
    places.map {
      images.narrowed(2, from: $0.top, length: $0.height)
        .narrowed(3, from: $0.left, length: $0.width).settled(.channelsLast)
    }
  }

  /// The patches around points of each image's own, moved into the image where they reach beyond it.
  ///
  /// - Parameter landmarks: `[N, 4, 2]`, x and y as shares of the side.
  func cut(_ images: Tensor, around landmarks: Tensor) -> [Tensor] {
    places.enumerated().map { index, place in
      let centers = landmarks.selected(1, index) * Double(side)
      return images.parts(
        height: place.height, width: place.width,
        rows: starts(centers.selected(1, 1), place.height),
        columns: starts(centers.selected(1, 0), place.width))
    }
  }

  private func starts(_ centers: Tensor, _ length: Int) -> Tensor {
    (centers - Double(length) / 2).rounded().clamped(to: 0...Double(side - length))
      .cast(to: .int64).reshaped(to: [-1, 1, 1, 1])
  }

  /// The largest of the parts at every place, each among zeros (section 3.1.2): `[N, C, side, side]`.
  func fused(_ parts: [Tensor]) -> Tensor {
    let whole = zip(parts, places).map { part, place in
      part.padded(
        left: place.left, right: side - place.left - place.width, top: place.top,
        bottom: side - place.top - place.height)
    }
    return whole.dropFirst().reduce(whole[0]) { $0.maximum($1) }
  }
}

/// What TP-GAN's generator makes of turned images.
struct FrontalOutputs {
  /// Frontal images at all, a half and a quarter of the side, in [-1, 1].
  let images: [Tensor]
  /// Frontal eyes, nose and mouth, each by its own path.
  let parts: [Tensor]
  /// Who they are, read from the encoder's feature: `[N, identities]` logits.
  let identities: Tensor

  /// The images.
  var image: Tensor { images[0] }
}

/// The generator of TP-GAN (section 3.1): a global path, four local ones whose features and images
/// go into the last level of the global way up, and a classifier of the feature in the middle.
struct FrontalGenerator: Module {
  /// The patches of the local paths.
  let patches: FacePatches
  private let encoder: FrontalEncoder
  private let parts: [FrontalPart]
  private let decoder: FrontalDecoder
  private let classes: Linear

  /// - Parameters:
  ///   - shape: `[C, side, side]`.
  ///   - local: channels of the local paths.
  ///   - identities: how many there are.
  init(
    shape: [Int], width: Int, local: [Int], features: Int, noise: Int, identities: Int,
    means: [Double]
  ) {
    let (channels, side) = (shape[0], shape[1])
    patches = FacePatches(side: side, halvings: local.count - 1, means: means)
    encoder = FrontalEncoder(channels: channels, width: width, features: features, side: side)
    parts = (0..<FacePatches.count).map { _ in FrontalPart(channels: channels, widths: local) }
    decoder = FrontalDecoder(
      channels: channels, width: width, part: local[0], code: features + noise, side: side)
    classes = Linear(features, identities)
  }

  /// - Parameters:
  ///   - images: turned ones, `[N, C, side, side]`.
  ///   - noise: `[N, noise]`.
  ///   - landmarks: `[N, 4, 2]`, shares of the side; `nil` takes those of frontal images.
  func callAsFunction(_ images: Tensor, _ noise: Tensor, at landmarks: Tensor?) -> FrontalOutputs {
    let cut = landmarks.map { patches.cut(images, around: $0) } ?? patches.cut(images)
    let local = zip(parts, cut).map { part, patch in part(patch) }
    let (maps, feature) = encoder(images)
    let half = images.averagePooled(2)
    let outputs = decoder(
      code: .concatenated([feature, noise], axis: 1), maps: maps,
      inputs: [images, half, half.averagePooled(2)],
      parts: [patches.fused(local.map(\.features)), patches.fused(local.map(\.image))])
    return FrontalOutputs(
      images: outputs, parts: local.map(\.image), identities: classes(feature))
  }
}
