/// Letters made of straight strokes, for pictures that cannot ask a system for fonts.
///
/// A glyph lies on a grid of 4 by 8: capitals and digits from the baseline at 2 to 8, small letters
/// to 6, descenders to 0.
enum StrokeFont {
  /// From one letter to the next, in units of the grid.
  static let advance = 5.6
  /// The height of capitals, in units of the grid.
  static let capital = 6.0

  /// How wide a text is whose capitals are `size` high.
  static func width(of text: String, size: Double) -> Double {
    max(0, Double(text.count) * advance - (advance - 4)) * size / capital
  }

  /// The lines of a text that begins at `place` on the baseline.
  static func lines(_ text: String, at place: Place, size: Double) -> [[Place]] {
    let unit = size / capital
    return text.enumerated().flatMap { index, character in
      strokes(of: character).map { stroke in
        stroke.map {
          Place(
            place.x + (Double(index) * advance + $0.x) * unit, place.y - ($0.y - 2) * unit)
        }
      }
    }
  }

  /// The strokes of a character; a box for one that the font lacks.
  static func strokes(of character: Character) -> [[Place]] {
    (glyphs[character] ?? "0208484202").split(separator: " ").map { stroke in
      let digits = stroke.compactMap(\.wholeNumberValue)
      return stride(from: 0, to: digits.count - 1, by: 2).map {
        Place(Double(digits[$0]), Double(digits[$0 + 1]))
      }
    }
  }

  /// Digits in pairs, x and y of each point; a space begins a new stroke.
  private static let glyphs: [Character: String] = capitals.merging(small) { $1 }
    .merging(signs) { $1 }

  private static let capitals: [Character: String] = [
    "A": "022842 1434", "B": "02083847463505 3544433202", "C": "4738180703123243",
    "D": "02083847433202", "E": "42020848 0535", "F": "020848 0535", "G": "473818070312324345 4525",
    "H": "0208 4248 0545", "I": "2228 1232 1838", "J": "4843321203", "K": "0208 4805 0542",
    "L": "080242", "M": "0208254842", "N": "02084248", "O": "180703123243473818",
    "P": "02083847463505", "Q": "180703123243473818 2442", "R": "02083847463505 2542",
    "S": "473818070615354443321203", "T": "0848 2228", "U": "080312324348", "V": "082248",
    "W": "0812253248", "X": "0248 0842", "Y": "082548 2522", "Z": "08480242",
  ]

  private static let small: [Character: String] = [
    "a": "16364542 440403123243", "b": "0802 0516364543321203", "c": "4536160503123243",
    "d": "4842 4536160503123243", "e": "04444536160503123243", "f": "382722 0636",
    "g": "46413010 4536160503123243", "h": "0802 0516364542", "i": "2622 2728",
    "j": "36312010 3738",
    "k": "0802 4604 1542", "l": "282332", "m": "0206 05162522 25364542", "n": "0206 0516364542",
    "o": "160503123243453616", "p": "0006 0516364543321203", "q": "4046 4536160503123243",
    "r": "0206 04163645", "s": "45361605143443321203", "t": "28233242 0636", "u": "0603123243 4642",
    "v": "062246", "w": "0612243246", "x": "0246 0642", "y": "0622 4610", "z": "06460242",
  ]

  private static let signs: [Character: String] = [
    " ": "", "0": "180703123243473818 1337", "1": "172822 1232", "2": "0718384746350242",
    "3": "071838474635 15354443321203", "4": "3832 380444", "5": "480805354443321203",
    "6": "38180703123243443505", "7": "084812", "8": "180706153546473818 1504031232434435",
    "9": "12324347381807061546", ".": "2223", ",": "2321", ":": "2223 2526", "-": "0545",
    "+": "0545 2327", "/": "0248", "_": "0242", "(": "382723 2332", ")": "182723 2312",
    "=": "0444 0646", "%": "0248 0708 4243", "<": "470543", ">": "074503", "*": "1337 1733 2327",
    "'": "2826", "#": "1218 3238 0444 0646", "?": "071838474625 2322",
    "|": "2028", "[": "38282232", "]": "18282212", "!": "2824 2322",
  ]
}
