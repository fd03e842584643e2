import GANKit

/// Every system of the zoo: one line each.
public enum Zoo {
  /// The recipes in the order in which they are listed.
  public static let recipes: [any Recipe.Type] = [
    GAN.self,
    DCGAN.self,
    LSGAN.self,
    BGAN.self,
    WGAN.self,
    WGANGP.self,
    DRAGAN.self,
    WeightNormGAN.self,
    PGGAN.self,
    VAEGAN.self,
    SNGAN.self,
    SAGAN.self,
    AAE.self,
    ClusteringAAE.self,
    CGAN.self,
    ACGAN.self,
    InfoGAN.self,
    SGAN.self,
    ImprovedGAN.self,
    SemiAAE.self,
    CCGAN.self,
    Pix2Pix.self,
    SRGAN.self,
    TPGAN.self,
    CycleGAN.self,
    DiscoGAN.self,
    DualGAN.self,
    AttentionGAN.self,
    UnsupIm2Im.self,
    UNIT.self,
    MUNIT.self,
    TwinGAN.self,
    RecycleGAN.self,
    CoGAN.self,
    PixelDA.self,
    AdaptingCoGAN.self,
  ]

  /// What can be trained as well and is no GAN.
  public static let helpers: [any Recipe.Type] = [Classifier.self]

  /// The recipe called `name`, a GAN or not.
  ///
  /// - Throws: ``ZooError`` with the nearest existing name.
  public static func recipe(named name: String) throws -> any Recipe.Type {
    let all = recipes + helpers
    guard let recipe = all.first(where: { $0.card.name == name }) else {
      let names = all.map { $0.card.name }
      throw ZooError(name: name, nearest: nearestName(to: name, among: names))
    }
    return recipe
  }
}

/// A name that no system of the zoo has.
public struct ZooError: Error, Equatable, CustomStringConvertible {
  let name: String
  let nearest: String?

  /// One line, with the nearest name where there is one.
  public var description: String {
    "unknown system '\(name)'"
      + (nearest.map { "; did you mean '\($0)'?" } ?? "; `gan list` names them all")
  }
}
