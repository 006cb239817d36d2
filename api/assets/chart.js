// The org chart: zoom without loading again, and dragging. Without this the chart scrolls, and zoom is a link.
"use strict";

const chart = document.querySelector("[data-chart]");
const drawing = chart.querySelector("svg");
const [, , width, height] = drawing.getAttribute("viewBox").split(" ").map(Number);
const KEPT = "chart-zoom";
const LEAST = 0.05;
const MOST = 3;

const fitting = () =>
  Math.min(1, (chart.clientWidth - 2) / width, (chart.clientHeight - 2) / height);
const now = () => drawing.getBoundingClientRect().width / width;

// Zooms so that what is at a place of the window stays there; the middle if none is given.
function zoom(to, x = chart.clientWidth / 2, y = chart.clientHeight / 2) {
  const scale = Math.max(LEAST, Math.min(MOST, to));
  const edge = chart.getBoundingClientRect();
  const before = drawing.getBoundingClientRect();
  const [left, top] = [x - (before.left - edge.left), y - (before.top - edge.top)];
  const factor = scale / now();
  drawing.setAttribute("width", width * scale);
  drawing.setAttribute("height", height * scale);
  chart.scrollTo(left * factor - x, top * factor - y);
  sessionStorage.setItem(KEPT, scale);
}

function step(what) {
  if (what === "fit") zoom(fitting());
  else if (what === "+") zoom(now() * 1.25);
  else if (what === "-") zoom(now() / 1.25);
  else zoom(1);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-zoom]");
  if (!button || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  step(button.dataset.zoom);
});

chart.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const what = { "+": "+", "=": "+", "-": "-", 0: "1", f: "fit" }[event.key];
  if (!what) return;
  event.preventDefault();
  step(what);
});

chart.addEventListener(
  "wheel",
  (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const edge = chart.getBoundingClientRect();
    const to = now() * Math.exp(-event.deltaY / 300);
    zoom(to, event.clientX - edge.left, event.clientY - edge.top);
  },
  { passive: false },
);

// Dragging with a mouse; fingers scroll by themselves. A click that ends a drag opens nothing.
let from = null;
let dragged = false;
chart.addEventListener("pointerdown", (event) => {
  if (event.pointerType !== "mouse" || event.button !== 0) return;
  from = { x: event.clientX + chart.scrollLeft, y: event.clientY + chart.scrollTop };
  dragged = false;
});
window.addEventListener("pointermove", (event) => {
  if (!from) return;
  const [left, top] = [from.x - event.clientX, from.y - event.clientY];
  if (!dragged && Math.hypot(left - chart.scrollLeft, top - chart.scrollTop) < 5) return;
  dragged = true;
  chart.classList.add("dragged");
  chart.scrollTo(left, top);
});
window.addEventListener("pointerup", () => {
  from = null;
  chart.classList.remove("dragged");
});
chart.addEventListener("dragstart", (event) => event.preventDefault());
chart.addEventListener(
  "click",
  (event) => {
    if (!dragged) return;
    dragged = false;
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);

// At first: as it was zoomed before, with whoever is meant in the middle.
const asked = new URLSearchParams(location.search).get("zoom");
const kept = Number(sessionStorage.getItem(KEPT));
if (asked) sessionStorage.removeItem(KEPT);
else if (kept) zoom(kept);
const named = document.getElementById(location.hash.slice(1));
const meant = chart.querySelector(".on") ?? (chart.contains(named) ? named : null);
const edge = chart.getBoundingClientRect();
if (meant) {
  const box = meant.getBoundingClientRect();
  chart.scrollBy(
    box.left + box.width / 2 - edge.left - edge.width / 2,
    box.top + box.height / 2 - edge.top - edge.height / 3,
  );
} else {
  const first = chart.querySelector(".node")?.getBoundingClientRect();
  if (first) chart.scrollBy(first.left + first.width / 2 - edge.left - edge.width / 2, 0);
}
