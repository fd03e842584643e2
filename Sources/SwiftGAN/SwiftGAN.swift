// One import gives an app everything: the zoo, the run, the data, tensors.
@_exported import GANAnalysis
@_exported import GANData
@_exported import GANKit
@_exported import GANMetrics
@_exported import GANTraining
@_exported import GANZoo
@_exported import Torch
@_exported import TorchNN
