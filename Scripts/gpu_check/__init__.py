"""The stages of `Scripts/check_gpu`."""
