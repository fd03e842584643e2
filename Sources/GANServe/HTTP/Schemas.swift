/// The schemas of what the API answers as JSON.
enum Schemas {
  static let all: [String: JSON] = [
    "Error": object(["error": text("What is wrong, in one line.")], ["error"]),
    "Runs": ["type": "array", "items": reference("Run")],
    "Run": run,
    "RunDetail": object(
      [
        "summary": reference("Run"),
        "configuration": ["type": "object", "description": "The contents of config.json."],
        "evaluations": ["type": "array", "items": ["type": "object"]],
        "messages": ["type": "array", "items": ["type": "object"]],
      ], ["summary", "evaluations", "messages"]),
    "Metrics": map(
      of: object(
        [
          "steps": ["type": "array", "items": ["type": "integer"]],
          "values": ["type": "array", "items": ["type": ["number", "null"]]],
        ], ["steps", "values"])),
    "Abilities": abilities,
    "Likelihoods": map(of: ["type": "number", "minimum": 0, "maximum": 1.0001]),
    "Description": ["type": "object"],
  ]

  private static let run = object(
    [
      "name": text("What it is called."),
      "state": [
        "type": "string", "enum": .list(RunSummary.State.allCases.map { .text($0.rawValue) }),
      ],
      "problem": text("What is wrong with a broken one."),
      "system": text("Such as dcgan."),
      "data": text("A built-in name, or a path."),
      "step": count("Steps made."),
      "steps": count("Steps in all; absent where minutes decide."),
      "seconds": number("Of training."),
      "progress": number("How far it is, 0 to 1."),
      "secondsLeft": number("Until its end; absent unless it is in training."),
      "imagesPerSecond": number("Over the whole run, not counting evaluations."),
      "losses": map(of: ["type": "number"]),
      "figures": map(of: ["type": "number"]),
      "best": object(
        [
          "step": count("Its step."), "metric": text("What was measured."),
          "value": number("The figure."),
        ], ["step", "metric", "value"]),
      "checkpoints": steps("Kept checkpoints, oldest first."),
      "sheets": steps("Sample sheets, oldest first."),
    ],
    [
      "name", "state", "step", "seconds", "progress", "imagesPerSecond", "losses", "figures",
      "checkpoints",
      "sheets",
    ])

  private static let abilities = object(
    [
      "step": count("The checkpoint's step."),
      "latentDimension": count("Dimensions of the noise; absent for a system that does not draw."),
      "canTruncate": flag("Whether noise can be moved toward its mean."),
      "drawsPoints": flag("Whether it draws points, not images."),
      "drawsPairs": flag("Whether each noise makes a pair of images."),
      "drawnClasses": names("Classes that can be asked for."),
      "codes": [
        "type": "array",
        "items": object(
          [
            "name": text("Such as c1."), "least": number("The smallest value."),
            "most": number("The largest value."), "isCategory": flag("Whether it is whole."),
          ], ["name", "least", "most", "isCategory"]),
      ],
      "directions": names("Ways to translate, the usual first."),
      "hasStyles": flag("Whether a translation is in a style that a seed decides."),
      "needsLandmarks": flag("Whether pictures need points of theirs."),
      "scale": count("How many times as large images become."),
      "completes": flag("Whether it fills holes."),
      "encodes": flag("Whether it has codes of pictures."),
      "attributes": names("What a picture's code can be moved along."),
      "knownClasses": names("Classes that it tells apart."),
    ],
    [
      "step", "canTruncate", "drawsPoints", "drawsPairs", "drawnClasses", "codes", "directions",
      "hasStyles", "needsLandmarks", "completes", "encodes", "attributes", "knownClasses",
    ])

  private static func object(_ properties: [String: JSON], _ required: [String]) -> JSON {
    [
      "type": "object", "properties": .object(properties),
      "required": .list(required.map(JSON.text)), "additionalProperties": false,
    ]
  }

  private static func map(of value: JSON) -> JSON {
    ["type": "object", "additionalProperties": value]
  }

  private static func reference(_ name: String) -> JSON {
    ["$ref": .text("#/components/schemas/\(name)")]
  }

  private static func text(_ meaning: String) -> JSON {
    ["type": "string", "description": .text(meaning)]
  }

  private static func number(_ meaning: String) -> JSON {
    ["type": "number", "description": .text(meaning)]
  }

  private static func count(_ meaning: String) -> JSON {
    ["type": "integer", "minimum": 0, "description": .text(meaning)]
  }

  private static func flag(_ meaning: String) -> JSON {
    ["type": "boolean", "description": .text(meaning)]
  }

  private static func steps(_ meaning: String) -> JSON {
    ["type": "array", "items": ["type": "integer"], "description": .text(meaning)]
  }

  private static func names(_ meaning: String) -> JSON {
    ["type": "array", "items": ["type": "string"], "description": .text(meaning)]
  }
}
