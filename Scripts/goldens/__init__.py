"""Reference values ("goldens") computed with PyTorch, one module per family of fixtures."""
