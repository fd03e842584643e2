import Foundation
import GANData
import GANKit
import GANMetrics
import GANZoo

extension Claims {
  static let translation = [edges, pixelated, streets, cyclegan, animals, pixelda]

  private static let smallUNet =
    "--batch-size 16 --set generatorWidths=32,64,128,256,256 --set discriminatorWidth=32 "
    + "--set discriminatorHalvings=2"

  private static let edges = Claim(
    name: "pix2pix", system: "pix2pix",
    statement: Pix2Pix.card.claim,
    paper: "none on digits", training: "--data edges --steps 4000 --seed 1 \(smallUNet)",
    fullSize: "--device cuda --steps 40000"
  ) { run in
    let found = try run.evaluated()
    let accuracy = try found.value("accuracy[digits]")
    return Finding(
      figure: "\(percent(accuracy)), fid[digits] \(decimal(try found.value("fid[digits]"), 2))",
      floor: "\(percent(try found.value("input-accuracy[digits]"))) (the input itself), "
        + "\(percent(try found.value("real-accuracy[digits]"))) (the target)",
      isMet: accuracy >= 0.97)
  }

  private static let pixelated = Claim(
    name: "pix2pix-pixelated", system: "pix2pix",
    statement: "pixelated to clear digits: at least 30 points better than the pixelated input",
    paper: "none", training: "--data pixelated --steps 4000 --seed 1 \(smallUNet)",
    fullSize: "--device cuda --steps 40000"
  ) { run in
    let found = try run.evaluated()
    let (accuracy, input) = (
      try found.value("accuracy[digits]"), try found.value("input-accuracy[digits]")
    )
    return Finding(
      figure: percent(accuracy), floor: "\(percent(input)) (the input itself)",
      isMet: accuracy - input >= 0.3)
  }

  private static let streets = Claim(
    name: "pix2pix-streets", system: "pix2pix",
    statement: "street labels to photos (CamVid, held out): a smaller fid than L1 alone",
    paper: "Cityscapes: 0.66 per-pixel accuracy",
    training: "--data SWIFTGAN_DATA/camvid256.tar --size 64 --steps 3000 --seed 1 \(streetNet)",
    fullSize: "--device cuda --size 286 --crop 256 --flip --batch-size 1 --steps 70000 "
      + "--set generatorWidths=64,128,256,512,512,512,512,512 --set discriminatorWidth=64 "
      + "--set discriminatorHalvings=3",
    companions: [
      Claim.Companion(
        suffix: "l1", system: "pix2pix",
        training: "--data SWIFTGAN_DATA/camvid256.tar --size 64 --steps 3000 --seed 1 "
          + "\(streetNet) --set adversarialWeight=0")
    ]
  ) { run in
    let (ours, plain) = (
      try run.evaluated("--features", "digits"),
      try run.companion("l1").evaluated("--features", "digits")
    )
    let (fid, other) = (try ours.value("fid[digits]"), try plain.value("fid[digits]"))
    return Finding(
      figure: "fid[digits] \(decimal(fid, 1)), ssim \(decimal(try ours.value("ssim"), 3))",
      floor: "fid[digits] \(decimal(other, 1)), ssim \(decimal(try plain.value("ssim"), 3)) "
        + "(L1 alone)", isMet: fid < other)
  }

  private static let streetNet =
    "--batch-size 4 --set generatorWidths=32,64,128,128,128,128 --set discriminatorWidth=32 "
    + "--set discriminatorHalvings=2"

  private static let cyclegan = Claim(
    name: "cyclegan", system: "cyclegan",
    statement: CycleGAN.card.claim,
    paper: "none on digits",
    training: "--data textured --batch-size 8 --steps 5000 --seed 1 --set generatorWidth=16 "
      + "--set blocks=3 --set discriminatorWidth=32 --set discriminatorHalvings=2 "
      + "--set constantUpdates=2500 --set decayUpdates=2500",
    fullSize: "--device cuda --batch-size 1 --steps 200000 --set generatorWidth=64 --set blocks=6 "
      + "--set discriminatorWidth=64 --set constantUpdates=100000 --set decayUpdates=100000",
    companions: [
      // Reads textured digits, which the classifier of plain ones cannot.
      Claim.Companion(
        suffix: "reader", system: "classifier",
        training: "--data textured --set architecture=residual --set width=16 --steps 1200 --seed 1"
      )
    ]
  ) { run in
    let reader = "\(run.path)-reader/reader.safetensors"
    _ = try run.companion("reader").evaluated("--export", reader)
    let there = try run.evaluated("--features", reader, "--count", "2000")
    let back = try run.evaluated("--count", "2000")
    let (kept, keptBack) = (
      try there.first("ab/accuracy["), try back.first("ba/accuracy[")
    )
    func text(_ name: String, _ kept: Double) throws -> String {
      "\(name) \(percent(kept)), fid[digits] \(decimal(try back.first("\(name)/fid["), 1)), "
        + "cycle error \(decimal(try back.value("\(name)/cycle-error"), 3))"
    }
    return Finding(
      figure: "\(try text("ab", kept)); \(try text("ba", keptBack))",
      floor: "\(percent(try there.first("ab/real-accuracy["))) (real textured digits), "
        + "\(percent(try back.first("ba/real-accuracy["))) (real plain ones)",
      isMet: min(kept, keptBack) >= 0.9)
  }

  private static let animals = Claim(
    name: "cyclegan-animals", system: "cyclegan",
    statement:
      "cats to dogs at 128x128: the distance to the other domain is below that of the inputs",
    paper: "none",
    training: "--data SWIFTGAN_DATA/cat2dog.tar --size 128 --batch-size 1 --minutes 12 --seed 1 "
      + "--flip --set generatorWidth=32 --set discriminatorWidth=32 --set decayUpdates=0",
    fullSize: "--device cuda --minutes 600 --set generatorWidth=64 --set discriminatorWidth=64"
  ) { run in
    let found = try run.evaluated("--features", "digits")
    let names = ["ab/kid-full[digits]", "ba/kid-full[digits]"]
    let inputs = ["ab/input-kid-full[digits]", "ba/input-kid-full[digits]"]
    let (reached, before) = (
      try names.map { try found.value($0) }, try inputs.map { try found.value($0) }
    )
    func text(_ values: [Double]) -> String {
      "kid-full[digits] ab \(decimal(values[0], 3)), ba \(decimal(values[1], 3))"
    }
    return Finding(
      figure: text(reached), floor: "\(text(before)) (the inputs)",
      isMet: zip(reached, before).allSatisfy { $0 < $1 })
  }

  private static let pixelda = Claim(
    name: "pixelda", system: "pixelda",
    statement: PixelDA.card.claim,
    paper: "98.2 %",
    training: "--data mnist-m --minutes 40 --batch-size 32 --seed 1 --set generatorWidth=32 "
      + "--set discriminatorWidth=32 --precision bfloat16",
    fullSize: "--device cuda --minutes 600 --set generatorWidth=64 --set discriminatorWidth=64",
    companions: [
      Claim.Companion(
        suffix: "source", system: "pixelda",
        training: "--data mnist-m --steps 4000 --batch-size 32 --seed 1 --set sourceOnly=true")
    ]
  ) { run in
    let adapted = try run.evaluated().first("accuracy[pixelda]")
    let source = try run.companion("source").evaluated().first("accuracy[pixelda]")
    return Finding(
      figure: percent(adapted), floor: "\(percent(source)) (source alone)",
      isMet: adapted >= 0.9 && adapted - source >= 0.3)
  }

  static func percent(_ share: Double) -> String { "\(decimal(share * 100, 1)) %" }
}
