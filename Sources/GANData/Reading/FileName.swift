/// The text of a file's name or path. Systems allow any bytes in it: those that are no UTF-8 appear as
/// `\xe9`, so that different names stay different.
func fileNameText(_ bytes: [UInt8]) -> String {
  var text = String.UnicodeScalarView()
  var parser = Unicode.UTF8.ForwardParser()
  var iterator = bytes.makeIterator()
  var position = 0
  while true {
    switch parser.parseScalar(from: &iterator) {
    case .valid(let scalar):
      text.append(Unicode.UTF8.decode(scalar))
      position += scalar.count
    case .error(let length):
      for byte in bytes[position..<position + length] {
        text.append(contentsOf: "\\x\(hexadecimal(byte))".unicodeScalars)
      }
      position += length
    case .emptyInput:
      return String(text)
    }
  }
}

/// Two digits.
func hexadecimal(_ byte: UInt8) -> String {
  (byte < 16 ? "0" : "") + String(byte, radix: 16)
}
