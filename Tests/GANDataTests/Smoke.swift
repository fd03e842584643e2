import Testing
@testable import GANData
