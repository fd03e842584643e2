// The playground: every change of a form asks the server anew, one request at a time.

const checkpoint = document.getElementById("checkpoint");

/** Calls `work`; while it goes on, remembers that it is to be done once more. */
function oneAtATime(work) {
  let busy = false;
  let again = false;
  return async function run() {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    await work().catch((error) => console.error(error));
    busy = false;
    if (again) {
      again = false;
      await run();
    }
  };
}

/** Shows a picture, or why there is none. */
async function show(answer, image, save, problem) {
  if (!answer.ok) {
    problem.textContent = (await answer.json()).error;
    return false;
  }
  problem.textContent = "";
  const old = image.src;
  image.src = save.href = URL.createObjectURL(await answer.blob());
  if (old.startsWith("blob:")) setTimeout(() => URL.revokeObjectURL(old), 1000);
  return true;
}

/** Calls `work` for every field that is changed: while a slider moves, once a choice is made. */
function onChange(form, work) {
  form.addEventListener("input", (event) => event.target.tagName !== "SELECT" && work(event.target));
  form.addEventListener("change", (event) => event.target.tagName === "SELECT" && work(event.target));
}

/** The number beside a slider. */
function showValue(field) {
  const output = field.parentElement.querySelector("output");
  if (output) output.textContent = field.value;
}

// From noise

function query(form) {
  const values = new URLSearchParams({ checkpoint: checkpoint.value });
  const codes = [];
  for (const field of form.elements) {
    if (!field.name || field.disabled || field.value === "") continue;
    if ("code" in field.dataset) codes.push(`${field.name}=${field.value}`);
    else values.set(field.name, field.value);
  }
  if (!values.has("toward")) values.delete("at");
  if (!values.has("dimension")) values.delete("by");
  if (codes.length) values.set("codes", codes.join(","));
  return values;
}

for (const form of document.querySelectorAll("[data-sample]")) {
  const part = form.closest("section");
  const find = (name) => part.querySelector(`[${name}]`);
  const draw = oneAtATime(async () => {
    const answer = await fetch(`${form.dataset.sample}?${query(form)}`);
    await show(answer, find("data-result"), find("data-save"), find("data-problem"));
  });
  onChange(form, (field) => {
    if (field.dataset.enables) form.elements[field.dataset.enables].disabled = !field.checked;
    showValue(field);
    draw();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  checkpoint.addEventListener("change", draw);
  draw();
}

// From a picture

/** The dropped picture on a canvas, with holes in it where a system fills them. */
class Picture {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { willReadFrequently: true });
  }

  async load(file) {
    this.image = await createImageBitmap(file);
    this.canvas.width = this.image.width;
    this.canvas.height = this.image.height;
    this.restore();
  }

  restore() {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.context.drawImage(this.image, 0, 0);
  }

  erase(x, y, width, height) {
    this.context.clearRect(x, y, width, height);
  }

  eraseAt(event) {
    const box = this.canvas.getBoundingClientRect();
    const scale = this.canvas.width / box.width;
    const side = Math.max(2, Math.round(this.canvas.width / 12));
    const x = Math.round((event.clientX - box.left) * scale - side / 2);
    const y = Math.round((event.clientY - box.top) * scale - side / 2);
    this.erase(x, y, side, side);
  }

  png() {
    return new Promise((resolve) => this.canvas.toBlob(resolve, "image/png"));
  }
}

function list(likelihoods, place) {
  const sorted = Object.entries(likelihoods).sort((a, b) => b[1] - a[1]).slice(0, 10);
  place.replaceChildren(
    ...sorted.map(([name, share]) => {
      const item = document.createElement("li");
      item.textContent = `${name}: ${(share * 100).toFixed(1)} %`;
      return item;
    }),
  );
  place.hidden = false;
}

for (const form of document.querySelectorAll("[data-picture]")) {
  const part = form.closest("section");
  const find = (selector) => part.querySelector(selector);
  const canvas = find("canvas");
  const picture = new Picture(canvas);
  const result = find("[data-result]");
  const problem = find("[data-problem]");
  const hasHoles = form.dataset.part === "complete";
  let file = null;

  const send = oneAtATime(async () => {
    if (!file) return;
    const values = new URLSearchParams({ checkpoint: checkpoint.value });
    for (const field of form.elements) if (field.name && field.value !== "") values.set(field.name, field.value);
    if (form.dataset.part === "reconstruct" && !values.has("attribute")) values.delete("by");
    const body = hasHoles ? await picture.png() : file;
    const type = body.type || "application/octet-stream";
    const answer = await fetch(`${form.dataset.picture}?${values}`, {
      method: "POST", body, headers: { "Content-Type": type },
    });
    if (form.dataset.part === "classify" && answer.ok) {
      problem.textContent = "";
      list(await answer.json(), find("[data-list]"));
    } else if (await show(answer, result, find("[data-save]"), problem)) {
      result.closest("figure").hidden = false;
    }
  });

  async function take(chosen) {
    if (!chosen) return;
    file = chosen;
    canvas.closest("figure").hidden = false;
    try {
      await picture.load(file);
    } catch {
      // The server reads kinds of files that the browser does not.
      canvas.closest("figure").hidden = true;
      if (hasHoles) problem.textContent = "the browser cannot show this picture, so no hole can be drawn";
    }
    if (!hasHoles) send();
  }

  find("input[type=file]").addEventListener("change", (event) => take(event.target.files[0]));
  form.addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("over");
  });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    take(event.dataTransfer.files[0]);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  onChange(form, (field) => {
    showValue(field);
    if (field.name) send();
  });
  checkpoint.addEventListener("change", () => {
    if (!hasHoles) send();
  });
  if (hasHoles) drawHoles(form, find, picture, send);
}

function drawHoles(form, find, picture, send) {
  const canvas = picture.canvas;
  const erase = (event) => {
    if (event.buttons !== 1 || !picture.image) return;
    canvas.setPointerCapture(event.pointerId);
    picture.eraseAt(event);
  };
  canvas.addEventListener("pointerdown", erase);
  canvas.addEventListener("pointermove", erase);
  canvas.addEventListener("pointerup", send);
  const side = (name) => Number(form.querySelector(`[data-box=${name}]`).value);
  find("[data-add-box]").addEventListener("click", () => {
    if (!picture.image) return;
    picture.erase(side("x"), side("y"), side("w"), side("h"));
    send();
  });
  find("[data-clear]").addEventListener("click", () => picture.image && picture.restore());
  find("[data-go]").addEventListener("click", send);
}
