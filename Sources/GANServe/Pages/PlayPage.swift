/// The playground of a run: a form for everything that its networks can do.
struct PlayPage {
  let run: RunSummary
  let can: Abilities

  var html: HTML {
    Page(
      title: "Playground: \(run.name)", script: "play",
      content: """
        <h1>Playground: <a href="\(address(of: run.name))">\(run.name)</a></h1>
        <p class="quiet">\(run.system ?? "") at step \(can.step). Nothing here changes the run.</p>
        <label>Checkpoint <select id="checkpoint">\(checkpoints)</select></label>
        \(parts)
        """
    ).html
  }

  private var checkpoints: [HTML] {
    let steps = run.checkpoints.reversed().map { "<option>\($0)</option>" as HTML }
    let best: HTML = run.best == nil ? "" : "<option>best</option>"
    return ["<option selected>newest</option>", best] + steps
  }

  private var parts: [HTML] {
    var parts: [HTML] = []
    if can.latentDimension != nil { parts.append(drawing) }
    if !can.directions.isEmpty { parts.append(can.needsLandmarks ? landmarkNote : translation) }
    if can.scale != nil {
      parts.append(
        picture("enlarge", "Enlarge", "A picture becomes \(can.scale ?? 1) times as large."))
    }
    if can.completes { parts.append(completion) }
    if can.encodes {
      parts.append(
        picture(
          "reconstruct", "Encode", "A picture, and what the generator makes of its code.",
          options: attributes))
    }
    if !can.knownClasses.isEmpty {
      parts.append(picture("classify", "Classify", "How likely a picture is of each class."))
    }
    return parts.isEmpty ? ["<p>This system has nothing to play with.</p>"] : parts
  }

  private func place(_ part: String) -> String { apiAddress(of: run.name, part) }

  // MARK: - From noise

  private var drawing: HTML {
    """
    <section aria-labelledby="draw-title"><h2 id="draw-title">Draw from noise</h2>
    <div class="play">
    <form data-sample="\(place("sample"))">
    \(slider("count", "Samples", 1, 64, 16, step: "1"))
    <label>Seed <input type="number" name="seed" min="0" step="1" value="1"></label>
    \(can.canTruncate ? truncation : "")
    \(classes)
    \(can.codes.map(code))
    <fieldset><legend>Walk to another seed</legend>
    <label>Seed <input type="number" name="toward" min="0" step="1" placeholder="none"></label>
    \(slider("at", "Way", 0, 1, 0, step: "0.01"))</fieldset>
    <fieldset><legend>Move along one dimension</legend>
    <label>Dimension <input type="number" name="dimension" min="0" max="\((can.latentDimension ?? 1) - 1)"
    step="1" placeholder="none"></label>
    \(slider("by", "By", -4, 4, 0, step: "0.05"))</fieldset>
    </form>
    <figure><img class="pixels" alt="Samples" data-result><figcaption><a data-save \
    download="samples.png">Save the picture</a> <span data-problem role="alert"></span></figcaption>
    </figure></div></section>
    """
  }

  private var truncation: HTML { slider("truncation", "Truncation (ψ)", 0, 1.5, 1, step: "0.01") }

  private var classes: HTML {
    guard !can.drawnClasses.isEmpty else { return "" }
    let options = can.drawnClasses.map { "<option>\($0)</option>" as HTML }
    return """
      <label>Class <select name="class"><option value="">all in turn</option>\(options)</select></label>
      """
  }

  private func code(_ code: Abilities.Code) -> HTML {
    let step = code.isCategory ? "1" : "0.01"
    let middle = code.isCategory ? code.least : (code.least + code.most) / 2
    return """
      <fieldset><legend>Code \(code.name)</legend>
      <label><input type="checkbox" data-enables="\(code.name)"> set it</label>
      \(slider(code.name, "Value", code.least, code.most, middle, step: step, isCode: true))</fieldset>
      """
  }

  private func slider(
    _ name: String, _ title: String, _ least: Double, _ most: Double, _ value: Double, step: String,
    isCode: Bool = false
  ) -> HTML {
    let kind: HTML = isCode ? "data-code disabled" : ""
    return """
      <label>\(title) <output>\(figure(value))</output>
      <input type="range" name="\(name)" min="\(figure(least))" max="\(figure(most))" step="\(step)"
      value="\(figure(value))" \(kind)></label>
      """
  }

  // MARK: - From a picture

  private var landmarkNote: HTML {
    """
    <section><h2>Translate</h2><p>The run was trained with points in each picture; \
    <code>gan translate</code> takes a folder that has them.</p></section>
    """
  }

  private var translation: HTML {
    let ways = can.directions.map { way -> HTML in
      "<option value=\"\(way)\">\(way == "ab" ? "A to B" : "B to A")</option>"
    }
    let direction: HTML =
      can.directions.count > 1
      ? "<label>Direction <select name=\"direction\">\(ways)</select></label>" : ""
    let style: HTML =
      can.hasStyles
      ? "<label>Style <input type=\"number\" name=\"seed\" min=\"0\" step=\"1\" value=\"1\"></label>"
      : ""
    return picture(
      "translate", "Translate", "A picture of the other kind.", options: "\(direction)\(style)")
  }

  private var attributes: HTML {
    guard !can.attributes.isEmpty else { return "" }
    let names = can.attributes.map { "<option>\($0)</option>" as HTML }
    return """
      <label>Move it along <select name="attribute"><option value="">nothing</option>\(names)</select></label>
      \(slider("by", "By", -2, 2, 1, step: "0.1"))
      """
  }

  private var completion: HTML {
    picture(
      "complete", "Complete",
      "Paint over what is to be filled with the mouse or a finger, or add a box with the keyboard.",
      options: """
        <fieldset class="box"><legend>Box in pixels</legend>
        <label>Left <input type="number" data-box="x" min="0" value="0"></label>
        <label>Top <input type="number" data-box="y" min="0" value="0"></label>
        <label>Width <input type="number" data-box="w" min="1" value="8"></label>
        <label>Height <input type="number" data-box="h" min="1" value="8"></label>
        <button type="button" data-add-box>Add the box</button></fieldset>
        <button type="button" data-clear>Remove the holes</button>
        <button type="button" data-go>Complete</button>
        """)
  }

  private func picture(
    _ part: String, _ title: String, _ meaning: String, options: HTML = ""
  ) -> HTML {
    """
    <section aria-labelledby="\(part)-title"><h2 id="\(part)-title">\(title)</h2>
    <p>\(meaning)</p>
    <form class="drop" data-picture="\(place(part))" data-part="\(part)">
    <label>Drop a picture here, or choose one <input type="file" accept="image/*"></label>
    \(options)</form>
    <div class="pair"><figure hidden><canvas class="pixels" tabindex="-1"></canvas>\
    <figcaption>Picture</figcaption></figure>
    <figure hidden><img class="pixels" alt="Result" data-result><figcaption><a data-save \
    download="\(part).png">Save the result</a></figcaption></figure></div>
    <ol data-list hidden></ol>
    <p data-problem role="alert"></p></section>
    """
  }
}
