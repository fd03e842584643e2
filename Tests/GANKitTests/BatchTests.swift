import GANKit
import TestSupport
import Testing
import Torch

@Suite("Batches and reports", .reproducible)
struct BatchTests {
  @Test("a report keeps its order and no graph")
  func report() {
    let loss = Tensor.scalar(2).trackingGradient() * 3
    var report: StepReport = ["loss/D": loss, "loss/G": .scalar(4)]
    #expect(report.entries.allSatisfy { !$0.value.requiresGradient })
    report["loss/penalty"] = loss
    #expect(report["loss/penalty"]?.requiresGradient == false)
    report["loss/D"] = .scalar(7)
    #expect(report.read().map(\.name) == ["loss/D", "loss/G", "loss/penalty"])
    #expect(report.read().map(\.value) == [7, 4, 6])
    report["loss/G"] = nil
    report["loss/none"] = nil
    #expect(report.entries.map(\.name) == ["loss/D", "loss/penalty"])
    #expect(report["loss/G"] == nil)
  }

  @Test("batches")
  func batches() {
    let images = Tensor.zeros([3, 1, 2, 2])
    #expect(ImageBatch(images: images).count == 3)
    #expect(!ImageBatch.layout.needsLabels && LabeledBatch.layout.needsLabels)
    let labeled = LabeledBatch(images: images, labels: Tensor([0, 1, 2]))
    #expect(labeled.count == 3 && labeled.labels.integers == [0, 1, 2])
    let part = BatchPart(images: images)
    #expect(MaybeLabeledBatch(parts: [part]).labels == nil)
    let known = MaybeLabeledBatch(parts: [BatchPart(images: images, labels: labeled.labels)])
    #expect(known.count == 3 && known.labels?.integers == [0, 1, 2])
    let domain = BatchPart(images: images)
    #expect(MaybeMaskedBatch(parts: [domain, domain]).masks == nil)
    let masked = BatchPart(images: images, attached: [.ones([3, 1, 2, 2])])
    #expect(MaybeMaskedBatch(parts: [masked, masked]).masks?.b.shape == [3, 1, 2, 2])
    #expect(DataLayout.maskedObjects.needs(.mask) && !DataLayout.objects.needs(.mask))
    let shape = DataShape(channels: 3, height: 4, width: 5)
    #expect(shape.imageShape == [3, 4, 5] && shape.elementCount == 60 && shape.classes == 0)
    #expect(shape.parts.count == 1 && shape.inputShape == [3, 4, 5] && !shape.arePoints)
    let pair = DataShape(channels: 3, height: 4, width: 5, inputChannels: 1)
    #expect(pair.inputShape == [1, 4, 5] && pair.imageShape == [3, 4, 5])
  }
}
