import GANKit
import GANZoo

/// What somebody holds in hand who looks for a system; the list is in this order.
enum SystemGroup: String, CaseIterable, Encodable {
  case images = "Pictures: more of their kind"
  case labeled = "Pictures with labels: more of each class"
  case partlyLabeled = "Pictures, few of them with labels: a classifier"
  case damaged = "Pictures that are small or have holes"
  case pairs = "Pictures in pairs: one made of the other"
  case domains = "Pictures of two kinds, without pairs"
  case frames = "Moving pictures of two kinds"
  case adaptation = "Pictures with labels and others of another look without: a classifier"

  /// By what the system does with images, then by what a step takes.
  init<R: Recipe>(of _: R.Type) {
    self =
      if R.self is any EnlargingRecipe.Type || R.self is any CompletingRecipe.Type {
        .damaged
      } else {
        switch R.Batch.self {
        case is LabeledBatch.Type: .labeled
        case is PartlyLabeledBatch.Type: .partlyLabeled
        case is PairedBatch.Type, is FrontalBatch.Type: .pairs
        case is UnpairedBatch.Type, is MaybeMaskedBatch.Type: .domains
        case is SequenceBatch.Type: .frames
        case is AdaptationBatch.Type: .adaptation
        default: .images
        }
      }
  }
}
