// A scanned address carries a signed code behind its #, which never reaches a server: this page checks it here.
import { checkCode } from "./code.js";

async function proveTheCode(box) {
  const answer = await fetch("/.well-known/licence-keys.json");
  if (!answer.ok) return;
  const said = await checkCode(location.href, await answer.json(), [box.dataset.host]);
  const another = box.dataset.number && said.statement && said.statement.number !== box.dataset.number;
  const reason = said.verdict === "GENUINE" && another ? "CODE_OF_ANOTHER" : said.reason;
  for (const line of box.querySelectorAll("[data-says]")) line.hidden = line.dataset.says !== reason;
  box.dataset.verdict = said.verdict === "GENUINE" && !another ? "good" : said.verdict === "UNREADABLE" ? "unknown" : "bad";
  // what a forged code claims is never shown as if it were true
  const values = said.verdict === "GENUINE" ? said.statement : {};
  for (const row of box.querySelectorAll("[data-value]")) {
    const value = values[row.dataset.value];
    row.hidden = !value;
    row.querySelector("dd").textContent = value ?? "";
  }
  // an alarm comes before whatever the register says of the licence whose address was borrowed
  if (box.dataset.verdict === "bad") document.querySelector("main").prepend(box);
  box.hidden = false;
}

const box = document.getElementById("code");
if (box && location.hash.length > 1 && /[0-9]/.test(location.hash[1])) proveTheCode(box);
