"use strict";
const svg = document.getElementById("graph");
const stage = document.getElementById("stage");
const search = document.getElementById("search");
const whole = svg.viewBox.baseVal;
const home = [whole.x, whole.y, whole.width, whole.height];
let view = home.slice();
let held = null;
let pinned = null;

function show() {
  svg.setAttribute("viewBox", view.join(" "));
}

// A point of the screen in the units of the picture.
function at(event) {
  const point = new DOMPoint(event.clientX, event.clientY);
  return point.matrixTransform(svg.getScreenCTM().inverse());
}

stage.addEventListener("wheel", (event) => {
  event.preventDefault();
  const factor = Math.exp(event.deltaY * 0.0015);
  const width = Math.min(Math.max(view[2] * factor, home[2] / 40), home[2] * 4);
  const scale = width / view[2];
  const centre = at(event);
  view = [centre.x - (centre.x - view[0]) * scale, centre.y - (centre.y - view[1]) * scale, width, view[3] * scale];
  show();
}, { passive: false });

stage.addEventListener("pointerdown", (event) => {
  held = { from: at(event), moved: false };
});
stage.addEventListener("pointermove", (event) => {
  if (!held) return;
  const now = at(event);
  const [x, y] = [held.from.x - now.x, held.from.y - now.y];
  if (!held.moved && Math.hypot(x, y) * (stage.clientWidth / view[2]) < 3) return;
  held.moved = true;
  stage.classList.add("moving");
  view[0] += x;
  view[1] += y;
  show();
});
function letGo() {
  held = null;
  stage.classList.remove("moving");
}
window.addEventListener("pointerup", letGo);
window.addEventListener("pointercancel", letGo);

document.getElementById("reset").addEventListener("click", () => {
  view = home.slice();
  pinned = null;
  search.value = "";
  filter();
  show();
});

// Highlights the edges for which `holds`, and the nodes at their ends.
function pick(holds, nodes) {
  const on = new Set(nodes);
  let any = on.size > 0;
  for (const one of document.querySelectorAll("[data-from]")) {
    const fits = holds(one);
    one.classList.toggle("on", fits);
    if (fits) {
      any = true;
      on.add(one.dataset.from);
      on.add(one.dataset.to);
    }
  }
  for (const node of document.querySelectorAll(".node")) node.classList.toggle("on", on.has(node.id));
  svg.classList.toggle("picked", any);
}
function pickNode(id) {
  pick((one) => one.dataset.from === id || one.dataset.to === id, [id]);
}
function settle() {
  if (pinned) pickNode(pinned);
  else if (search.value.trim()) filter();
  else pick(() => false, []);
}

for (const node of document.querySelectorAll(".node")) {
  node.addEventListener("pointerenter", () => held || pickNode(node.id));
  node.addEventListener("pointerleave", () => held || settle());
  node.addEventListener("click", () => {
    pinned = pinned === node.id ? null : node.id;
    settle();
  });
}
for (const one of document.querySelectorAll("[data-edge]")) {
  const same = (other) => (other.dataset.edge || other.id) === one.dataset.edge;
  one.addEventListener("pointerenter", () => held || pick(same, []));
  one.addEventListener("pointerleave", () => held || settle());
}

// Rows with all the words, and in the picture what they are about.
function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (text) => words.every((word) => text.toLowerCase().includes(word));
  const shown = new Set();
  for (const row of document.querySelectorAll("#edges tbody tr")) {
    const found = fits(row.textContent);
    row.classList.toggle("hidden", !found);
    if (found) shown.add(row.dataset.edge);
  }
  if (words.length === 0) return pick(() => false, []);
  const nodes = [...document.querySelectorAll(".node")].filter((node) => fits(node.textContent)).map((node) => node.id);
  pick((one) => shown.has(one.dataset.edge || one.id), nodes);
}
search.addEventListener("input", () => {
  pinned = null;
  filter();
});
