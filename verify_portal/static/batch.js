// Sends the files of a batch one by one, waits when it is asked to, and makes one table of the answers.
import { takeDrops } from "./drop.js";

const results = document.getElementById("results");
const form = document.getElementById("batch");
const after = results.querySelector("[data-after]");
const body = results.querySelector("tbody");
let stopped = false;

const pause = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));

// ---- the table

function cell(row, text, kind = "td", className = "") {
  const made = row.appendChild(document.createElement(kind));
  made.textContent = text;
  made.className = className;
  return made;
}

function addRow(name, said) {
  const row = body.appendChild(document.createElement("tr"));
  row.className = said.tone;
  cell(row, name, "th").scope = "row";
  const icon = document.querySelector(`template[data-icon="${said.tone}"]`);
  const answer = cell(row, "");
  answer.append(icon.content.cloneNode(true));
  answer.appendChild(document.createElement("strong")).textContent = said.headline || icon.dataset.word;
  cell(row, said.sentence);
  cell(row, said.number || "—", "td", "number");
  cell(row, said.reason, "td", "number");
}

function tally() {
  const counted = new Map();
  for (const row of body.rows) counted.set(row.className, (counted.get(row.className) ?? 0) + 1);
  const line = results.querySelector("[data-tally]");
  line.textContent = "";
  for (const icon of document.querySelectorAll("template[data-icon]")) {
    const count = counted.get(icon.dataset.icon);
    if (!count) continue;
    const part = line.appendChild(document.createElement("span"));
    part.className = icon.dataset.icon;
    part.append(icon.content.cloneNode(true), `${icon.dataset.word} ${count}`);
  }
  line.hidden = !counted.size;
}

// a cell that a spreadsheet would take for a formula is kept as text
function csvCell(text) {
  const plain = text.trim();
  const safe = /^[=+\-@＝＋－＠]/.test(plain) ? `'${plain}` : plain;
  return `"${safe.replaceAll('"', '""')}"`;
}

function csv() {
  const rows = [...results.querySelectorAll("tr")];
  return "\ufeff" + rows.map((row) => [...row.cells].map((one) => csvCell(one.textContent)).join(",") + "\r\n").join("");
}

function finished() {
  const time = results.querySelector("[data-at] time");
  if (form) {
    const now = new Date();
    time.dateTime = now.toISOString();
    time.textContent = now.toLocaleString(form.dataset.lang === "en" ? "en-GB" : "zh-CN");
    time.parentElement.hidden = false;
  }
  tally();
  after.hidden = !body.rows.length;
}

results.querySelector("[data-csv]").addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv" }));
  link.download = `verification-${new Date().toISOString().slice(0, 10)}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});
results.querySelector("[data-print]").addEventListener("click", () => print());

// ---- the files

async function ask(file, waiting) {
  for (;;) {
    let answer;
    try {
      answer = await fetch("/api/verify", { method: "POST", body: file, headers: { "content-type": "application/pdf" } });
    } catch {
      return null;
    }
    const wait = Number(answer.headers.get("retry-after"));
    if (!wait || stopped) return answer;
    for (let left = wait; left > 0 && !stopped; left -= 1) {
      waiting(left);
      await pause(1);
    }
    waiting(0);
    if (stopped) return answer;
  }
}

async function said(answer, lang) {
  try {
    const told = await answer.json();
    if (!answer.ok) {
      return { tone: "refusal", headline: "", sentence: told[lang === "en" ? "detail_en" : "detail"] ?? "", reason: told.code ?? "" };
    }
    return {
      tone: told.answer.tone, headline: told.answer.headline[lang], sentence: told.answer.sentence[lang],
      reason: told.answer.reason, number: told.licence?.number,
    };
  } catch {
    return { tone: "refusal", headline: "", sentence: form.dataset.offline, reason: "OFFLINE" };
  }
}

async function checkAll(files) {
  const progress = document.getElementById("progress");
  const bar = progress.querySelector("progress");
  const waitLine = progress.querySelector("[data-says=waiting]");
  const waiting = (seconds) => {
    waitLine.hidden = !seconds;
    progress.querySelector("[data-wait]").textContent = seconds;
  };
  form.hidden = true;
  progress.hidden = results.hidden = false;
  bar.max = files.length;
  progress.querySelector("[data-all]").textContent = files.length;
  for (const [place, file] of files.entries()) {
    if (stopped) break;
    progress.querySelector("[data-now]").textContent = file.name;
    addRow(file.name, await said(await ask(file, waiting), form.dataset.lang));
    bar.value = place + 1;
    progress.querySelector("[data-done]").textContent = place + 1;
    tally();
  }
  progress.hidden = true;
  finished();
  results.querySelector("h2").tabIndex = -1;
  results.querySelector("h2").focus();
}

if (form) {
  const send = () => {
    const files = [...form.querySelector("input[type=file]").files];
    const many = files.length > Number(form.dataset.most);
    form.querySelector("[data-says=many]").hidden = !many;
    if (files.length && !many) checkAll(files);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  takeDrops(form, send);
  document.querySelector("[data-stop]").addEventListener("click", () => {
    stopped = true;
  });
} else {
  finished();
}
