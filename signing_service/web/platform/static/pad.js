// A name written by hand: strokes between 0 and 1 of a sheet of 60 x 20 mm, kept as JSON in a hidden input.

import { say } from "./say.js";

const WIDTH = 600;
const HEIGHT = 200;
const NEAR = 0.004; // closer than this to the point before, a point says nothing new
const PLACES = 1e4;

const within = (value) => Math.round(Math.min(1, Math.max(0, value)) * PLACES) / PLACES;

const drawn = (strokes) =>
  strokes
    .map((stroke) => stroke.map(([x, y], at) => `${at ? "L" : "M"}${x * WIDTH} ${y * HEIGHT}`).join("") + (stroke.length === 1 ? "h0.1" : ""))
    .join("");

function read(text) {
  try {
    const strokes = JSON.parse(text || "[]");
    return Array.isArray(strokes) ? strokes : [];
  } catch {
    return [];
  }
}

export function writeByHand(field) {
  const kept = field.querySelector("input[type=hidden]");
  const sheet = field.querySelector("svg");
  const ink = sheet.querySelector(".ink");
  const clear = field.querySelector("[data-clear]");
  const count = field.querySelector("[data-count]");
  let strokes = read(kept.value);
  let pen = null;

  const show = () => {
    ink.setAttribute("d", drawn(strokes));
    clear.hidden = strokes.length === 0;
    count.textContent = strokes.length ? say(`已写 ${strokes.length} 笔`, `${strokes.length} strokes`) : "";
  };
  const keep = () => {
    kept.value = strokes.length ? JSON.stringify(strokes) : "";
    kept.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const point = (event) => {
    const frame = sheet.getBoundingClientRect();
    return [within((event.clientX - frame.left) / frame.width), within((event.clientY - frame.top) / frame.height)];
  };

  sheet.addEventListener("pointerdown", (event) => {
    if (pen !== null || event.button !== 0) return;
    event.preventDefault();
    pen = event.pointerId;
    sheet.setPointerCapture(pen);
    strokes = [...strokes, [point(event)]];
    show();
  });
  sheet.addEventListener("pointermove", (event) => {
    if (event.pointerId !== pen) return;
    const stroke = strokes.at(-1);
    for (const one of event.getCoalescedEvents?.() ?? [event]) {
      const [x, y] = point(one);
      const [beforeX, beforeY] = stroke.at(-1);
      if (Math.hypot(x - beforeX, y - beforeY) >= NEAR) stroke.push([x, y]);
    }
    show();
  });
  const lift = (event) => {
    if (event.pointerId !== pen) return;
    pen = null;
    keep();
  };
  sheet.addEventListener("pointerup", lift);
  sheet.addEventListener("pointercancel", lift);
  clear.addEventListener("click", () => {
    strokes = [];
    show();
    keep();
  });
  show();
}
