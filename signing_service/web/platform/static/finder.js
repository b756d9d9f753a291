// An enterprise is found by name or code while it is typed: a combobox after the ARIA pattern, list below the field.

import { ask } from "./draft.js";

const PAUSE = 250;

export function pickEnterprises(form, draft, say) {
  for (const box of form.querySelectorAll("[data-finder]")) one(box, form, draft, say);
}

function one(box, form, draft, say) {
  const input = box.querySelector("input");
  box.querySelector("button").hidden = true;
  const list = Object.assign(document.createElement("ul"), { className: "found", id: `${input.id}-found`, hidden: true });
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", say("找到的企业", "Enterprises found"));
  const told = Object.assign(document.createElement("p"), { className: "hint" });
  told.setAttribute("role", "status");
  box.append(list);
  box.after(told);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  input.setAttribute("aria-expanded", "false");
  let timer = 0;
  let asked = 0;
  let at = -1;

  const shut = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };

  const point = (to) => {
    list.children[at]?.setAttribute("aria-selected", "false");
    at = (to + list.children.length) % list.children.length;
    const chosen = list.children[at];
    chosen.setAttribute("aria-selected", "true");
    chosen.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", chosen.id);
  };

  const take = (option) => {
    input.value = option.dataset.uscc;
    told.textContent = option.dataset.name;
    shut();
    draft.soon();
  };

  async function find() {
    const words = input.value.trim();
    const mine = ++asked;
    if (words.length < 2) return shut();
    let found;
    try {
      found = await ask(`${form.dataset.enterprises}?q=${encodeURIComponent(words)}`, {});
    } catch {
      return shut();
    }
    if (mine !== asked) return;
    list.replaceChildren(...found.enterprises.map((enterprise, number) => {
      const option = document.createElement("li");
      option.id = `${list.id}-${number}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.uscc = enterprise.uscc;
      option.dataset.name = enterprise.name;
      option.append(enterprise.name, Object.assign(document.createElement("small"), { textContent: enterprise.uscc }));
      option.addEventListener("pointerdown", (event) => { event.preventDefault(); take(option); });
      return option;
    }));
    at = -1;
    list.hidden = !found.enterprises.length;
    input.setAttribute("aria-expanded", String(!list.hidden));
    told.textContent = found.enterprises.length
      ? say(`找到 ${found.enterprises.length} 家，用上下键选择`, `${found.enterprises.length} found: choose with the arrow keys`)
      : say("没有找到入库企业。请核对名称，或请该企业先办理入库。", "No enterprise on the register by that name: check it, or ask the enterprise to register first.");
  }

  input.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(find, PAUSE); });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown") { event.preventDefault(); point(at + 1); }
    if (event.key === "ArrowUp") { event.preventDefault(); point(at < 0 ? -1 : at - 1); }
    if (event.key === "Enter" && at >= 0) { event.preventDefault(); take(list.children[at]); }
    if (event.key === "Escape") shut();
  });
  input.addEventListener("blur", shut);
}
