// Nothing is signable before every page was on the screen. The server asks for the same; here it is only said early.

import { ask } from "./draft.js";
import { showPasskey } from "./passkey.js";
import { say } from "./say.js";

const act = document.querySelector(".act");
const buttons = [...act.querySelectorAll("[data-needs-reading]")];
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
  for (const button of buttons) button.disabled = !done;
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
    told.textContent = explained(error, say("没有发送成功，请稍后再试。", "It was not sent: try again in a while."));
  }
});

function explained(error, otherwise) {
  if (error.problem?.code === "REVISION_CHANGED") for (const button of buttons) button.disabled = true;
  return error.problem ? say(error.problem.detail, error.problem.detail_en) : otherwise;
}

const passkey = act.querySelector("[data-passkey]");
passkey?.addEventListener("click", async () => {
  const { form } = passkey;
  const told = form.querySelector("[data-passkey-told]");
  if (!form.reportValidity()) return;
  passkey.disabled = true;
  told.textContent = say("请稍候…", "One moment…");
  try {
    const asked = JSON.stringify({ role: form.elements.role.value, revision: form.elements.seen.value });
    const body = new Blob([asked], { type: "application/json" });
    const { handle, options } = await ask(passkey.dataset.passkey, { method: "POST", body });
    form.elements.passkey.value = JSON.stringify(await showPasskey(options));
    form.elements.passkey_handle.value = handle;
    form.submit();
  } catch (error) {
    passkey.disabled = false;
    told.textContent = explained(error, say("已取消或超时，请重试。", "It was cancelled or took too long: try again."));
  }
});
if (passkey && window.PublicKeyCredential) passkey.hidden = false;
