"""One file a system, each with an object `system`; `Reference.zoo` finds them by listing this folder."""
