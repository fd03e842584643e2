/// A name as a part of a file's name that every system takes: letters, digits and `._-`, everything else
/// as `_`, at most 100 bytes.
func fileNamePart(_ name: String) -> String {
  var part = ""
  for character in name {
    let isPlain =
      character.isLetter || character.isNumber || character == "." || character == "-"
      || character == "_"
    let next = isPlain ? String(character) : "_"
    if part.utf8.count + next.utf8.count > 100 { break }
    part += next
  }
  return part
}
