// Hundreds of drawings, three at a time and each in parts. When the connection breaks every file waits, asks how much of it
// has arrived, and goes on from there; who chooses the same file again on another day goes on from there, too.

import { say } from "./say.js";

const PART = 1024 * 1024;
const AT_ONCE = 3;
const LONGEST = 15000;

const form = document.querySelector("[data-sheets]");
const list = document.querySelector("[data-list]");
const all = document.querySelector("[data-all]");
const input = form.querySelector("input[type=file]");
const csrf = document.querySelector('meta[name="csrf"]').content;

for (const single of form.querySelectorAll("[data-single]")) single.hidden = true;
input.multiple = true;

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

/** What a refusal of the service says; anything else that goes wrong is the connection's, and is tried again. */
class Refused extends Error {}

async function ask(method, address, fields) {
  const body = fields && new FormData();
  for (const [name, value] of Object.entries(fields ?? {})) body.append(name, value);
  const answer = await fetch(address, {
    method, body, redirect: "manual", headers: { Accept: "application/json", "X-CSRF-Token": csrf },
  });
  if (answer.type === "opaqueredirect") {
    throw new Refused(say("登录已过期：请重新登录，再选择同一批文件，从断点继续。", "You were logged out: log in, choose the same files again, and they go on where they stopped."));
  }
  if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
  const told = await answer.json();
  if (answer.ok || answer.status === 409 && told.code === "OFFSET_CONFLICT") return told;
  throw new Refused([say(told.detail, told.detail_en), ...(told.errors ?? []).map((one) => say(one.detail, one.detail_en))].join(" "));
}

async function patiently(row, does) {
  for (let pause = 1000; ; pause = Math.min(pause * 1.6, LONGEST)) {
    try {
      return await does();
    } catch (problem) {
      if (problem instanceof Refused) throw problem;
      row.said.textContent = say("网络中断，恢复后自动续传…", "The connection broke: it goes on by itself…");
      row.element.dataset.broken = "";
      await new Promise((go) => {
        const timer = setTimeout(go, pause);
        addEventListener("online", () => { clearTimeout(timer); go(); }, { once: true });
      });
    }
  }
}

const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** "建施-01 首层平面图.pdf" is sheet 建施-01 with that title. */
function named(file) {
  const dot = file.name.lastIndexOf(".");
  const whole = (dot > 0 ? file.name.slice(0, dot) : file.name).trim();
  const [, number, title] = whole.match(/^(\S+)\s+(.+)$/s) ?? [null, whole, whole];
  return { sheet_no: number, title, file: /\.dwg$/i.test(file.name) ? "dwg" : "pdf" };
}

async function carry(file, discipline, row) {
  row.said.textContent = say("计算校验值…", "Being hashed…");
  const sha256 = hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  const wanted = { project: form.dataset.project, kind: form.dataset.kind, discipline, ...named(file), size: file.size, sha256 };
  let upload = await patiently(row, () => ask("POST", "/platform/uploads", wanted));
  if (upload.sheet) return upload.sheet;
  const address = `/platform/uploads/${upload.upload_id}`;
  while (upload.received < file.size) {
    const from = upload.received;
    row.progress.value = from / file.size;
    row.said.textContent = `${Math.floor(from / file.size * 100)} %`;
    let broke = false;
    upload = await patiently(row, async () => {
      // a part whose answer was lost may have arrived
      if (broke) return ask("GET", address);
      broke = true;
      const told = await ask("POST", address, { offset: from, part: file.slice(from, from + PART) });
      return told.received === undefined ? ask("GET", address) : told;
    });
    delete row.element.dataset.broken;
  }
  row.progress.value = 1;
  row.said.textContent = say("正在检查…", "Being checked…");
  let asked = false;
  return patiently(row, async () => {
    // it may be there although the answer was lost
    const known = asked ? await ask("POST", "/platform/uploads", wanted) : {};
    asked = true;
    return known.sheet ?? ask("POST", `${address}/complete`, {});
  });
}

let done = 0;
let wanted = 0;
let refused = 0;
const queue = [];
let running = 0;

function tell() {
  all.hidden = false;
  all.querySelector("progress").value = wanted ? done / wanted : 0;
  all.querySelector("p").textContent = say(
    `${wanted} 个文件，已传 ${done} 个${refused ? `，${refused} 个需处理` : ""}`,
    `${done} of ${wanted} files are there${refused ? `, ${refused} need attention` : ""}`,
  );
}

function add(file, discipline) {
  const progress = element("progress", { max: 1, value: 0 });
  progress.setAttribute("aria-label", file.name);
  const said = element("small", { textContent: say("等待上传", "Waits for its turn") });
  const row = { said, progress };
  row.element = element("li", {}, element("span", { className: "file-name", textContent: file.name }), said, progress);
  list.append(row.element);
  wanted += 1;
  queue.push({ file, discipline, row });
}

async function work() {
  while (queue.length) {
    const { file, discipline, row } = queue.shift();
    try {
      await carry(file, discipline, row);
      done += 1;
      row.element.remove();
    } catch (problem) {
      refused += 1;
      row.element.className = "refused";
      row.said.textContent = problem instanceof Refused ? problem.message : say("文件读取失败，请重新选择。", "The file could not be read: choose it again.");
      row.progress.remove();
      const again = element("button", { type: "button", className: "link", textContent: say("重试", "Try again") });
      again.addEventListener("click", () => { refused -= 1; wanted -= 1; row.element.remove(); add(file, discipline); start(); });
      row.element.append(again);
    }
    tell();
  }
}

async function start() {
  tell();
  const workers = [];
  for (let more = Math.min(AT_ONCE - running, queue.length); more > 0; more -= 1) {
    running += 1;
    workers.push(work().finally(() => { running -= 1; }));
  }
  await Promise.all(workers);
  // the list of sheets is another one now
  if (running || queue.length || !done) return;
  if (refused) all.querySelector("[data-anew]").hidden = false; else location.reload();
}

input.addEventListener("change", () => {
  const discipline = form.elements.discipline.value;
  for (const file of input.files) add(file, discipline);
  input.value = "";
  start();
});

form.addEventListener("submit", (event) => event.preventDefault());
