// A slider over the sample sheets of a run. At its end it follows the training.
import "./live.js";

const place = document.getElementById("sheets");

function show(slider) {
  const steps = slider.dataset.steps.split(" ");
  const range = slider.querySelector("input");
  const step = steps[Math.min(range.value, steps.length - 1)];
  const image = slider.querySelector("img");
  slider.querySelector("output").textContent = step;
  range.setAttribute("aria-valuetext", `step ${step}`);
  image.alt = `Sample sheet of step ${step}`;
  image.src = slider.dataset.sheets + step;
}

place.addEventListener("input", (event) => show(event.target.closest("[data-steps]")));

place.addEventListener("renewed", (event) => {
  const slider = place.querySelector("[data-steps]");
  const fresh = event.detail.querySelector("[data-steps]");
  if (!slider || !fresh) return;
  event.preventDefault();
  const range = slider.querySelector("input");
  const follows = range.value === range.max;
  slider.dataset.steps = fresh.dataset.steps;
  range.max = fresh.dataset.steps.split(" ").length - 1;
  if (follows) range.value = range.max;
  show(slider);
});
