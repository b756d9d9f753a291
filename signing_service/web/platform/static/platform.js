// What makes the pages quicker to use. Without it every page does the same, a little slower.

import { keepDraft } from "./draft.js";
import { pickEnterprises } from "./finder.js";
import "./keys.js";
import { writeByHand } from "./pad.js";
import { say } from "./say.js";
import { uploadFiles } from "./upload.js";


for (const field of document.querySelectorAll("[data-pad]")) writeByHand(field);

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const word = button.textContent;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = word; }, 2000);
  });
}

const offline = document.getElementById("offline");
const tellConnection = () => { offline.hidden = navigator.onLine; };
addEventListener("offline", tellConnection);
addEventListener("online", tellConnection);
tellConnection();

// what does not apply is hidden, and what was typed in it stays
for (const field of document.querySelectorAll("[data-shown-if]")) {
  const form = field.closest("form");
  const values = field.dataset.shownValues.split(" ");
  const decide = () => {
    const said = new FormData(form).getAll(field.dataset.shownIf);
    field.hidden = !said.some((value) => values.includes(value));
  };
  field.querySelector(".when")?.setAttribute("hidden", "");
  form.addEventListener("change", decide);
  decide();
}

const errors = document.getElementById("errors");
if (errors) errors.focus();

for (const form of document.querySelectorAll("form[data-draft]")) {
  const draft = keepDraft(form, say);
  uploadFiles(form, draft, say);
  pickEnterprises(form, draft, say);
}
