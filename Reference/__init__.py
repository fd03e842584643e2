"""The systems of the zoo in PyTorch, written from their papers: what goldens and benchmark compare SwiftGAN with.

`systems/` has one file a system; the rest is what they share.
"""
