/// Folders that operating systems, storage boxes and tools leave among a user's files, in lower case.
private let leftBehind: Set = [
  "__macosx", "@eadir", "#recycle", "@recycle", "#snapshot", "lost+found", "$recycle.bin",
  "system volume information", "__pycache__",
]

/// Whether a file or folder of this name is none of the user's: hidden, as `.ipynb_checkpoints` is, or
/// left behind by a system, as `@eaDir`.
func isIgnored(name: some StringProtocol) -> Bool {
  name.hasPrefix(".") || leftBehind.contains(name.lowercased())
}

/// Whether a relative path names such a file or lies in such a folder. Archives made on a Mac carry
/// companions of every file.
func isHidden(_ member: String) -> Bool {
  member.split(separator: "/").contains { isIgnored(name: $0) }
}
