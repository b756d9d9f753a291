// How far the seals on a set of sheets are, looked at anew while somebody is looking; it goes on without that.

import { say } from "./say.js";

const meters = [...document.querySelectorAll("[data-sealing]")];

async function look() {
  let open = meters.length > 0;
  if (!document.hidden) {
    try {
      const answer = await fetch(meters[0].dataset.sealing, { headers: { Accept: "application/json" }, redirect: "error" });
      if (answer.ok) {
        const now = await answer.json();
        open = meters.map((meter) => show(meter, now[meter.dataset.role])).some(Boolean);
      }
    } catch {
      // no connection just now
    }
  }
  if (open) setTimeout(look, 2000);
}

/** Whether something is left to do. */
function show(meter, now) {
  if (!now) return false;
  meter.querySelector("progress").value = now.done;
  const left = now.seconds_left ? say(` · 约需 ${now.seconds_left} 秒`, ` · about ${now.seconds_left} seconds`) : "";
  meter.querySelector("p").textContent = say(`${now.done} / ${now.total} 张`, `${now.done} of ${now.total} sheets`) + left;
  return !now.finished;
}

if (meters.length) setTimeout(look, 1000);
