/// How pictures of any size become pictures of one size.
public enum ImageFit: String, Sendable, CaseIterable, Codable {
  /// Keep the proportions and cut off what is too long on both sides. For photographs.
  case crop
  /// Keep the whole picture and its proportions: a larger one is reduced until it fits, then black
  /// is added around it. Digits of 28x28 become 32x32 without being touched.
  case pad
  /// Resize and ignore the proportions.
  case stretch
}
