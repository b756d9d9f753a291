// Nothing is signable before every page was on the screen. The server asks for the same; here it is only said early.

import { ask } from "./draft.js";
import { say } from "./say.js";

const act = document.querySelector(".act");
const button = act.querySelector("[data-needs-reading]");
const reading = act.querySelector(".reading");
const pages = [...document.querySelectorAll(".page")];
const unseen = new Set(pages);

function tell() {
  const done = unseen.size === 0;
  reading.hidden = false;
  reading.classList.toggle("read", done);
  reading.textContent = done
    ? say(`已看完全部 ${pages.length} 页。`, `All ${pages.length} pages were shown.`)
    : say(`还有 ${unseen.size} 页没有看，请看完再签署。`, `${unseen.size} pages are still to be read.`);
  button.disabled = !done;
}

// a page counts once its foot was on the screen, so that nobody has seen only its head
const watcher = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    const page = entry.target.closest(".page");
    const picture = page.querySelector("img");
    const seen = () => { unseen.delete(page); tell(); };
    if (picture.complete && picture.naturalWidth) seen(); else picture.addEventListener("load", seen, { once: true });
    watcher.unobserve(entry.target);
  }
});
for (const page of pages) watcher.observe(page.querySelector("figcaption"));
tell();

const codes = act.querySelector("[data-code]");
codes?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const told = codes.querySelector("[data-code-told]");
  const asked = codes.querySelector("button");
  asked.disabled = true;
  told.textContent = say("正在发送…", "Sending…");
  try {
    const { sent_to: to } = await ask(codes.action, { method: "POST", body: new URLSearchParams(new FormData(codes)) });
    told.textContent = say(`验证码已发送至 ${to}，五分钟内有效。`, `Sent to ${to}; it holds for five minutes.`);
    document.getElementById("code").focus();
    setTimeout(() => { asked.disabled = false; }, 30000);
  } catch (error) {
    asked.disabled = false;
    const problem = error.problem;
    told.textContent = problem ? say(problem.detail, problem.detail_en) : say("没有发送成功，请稍后再试。", "It was not sent: try again in a while.");
    if (problem?.code === "REVISION_CHANGED") button.disabled = true;
  }
});
