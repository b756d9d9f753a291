// From list to decision by keyboard: J and K move, Enter opens, as links do.

const links = [...document.querySelectorAll("[data-keys] tbody th a")];
const hint = document.querySelector("[data-keys-hint]");
if (hint && links.length) hint.hidden = false;

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const step = { j: 1, k: -1 }[event.key];
  if (!step || !links.length) return;
  event.preventDefault();
  const at = links.indexOf(document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
  links[next].focus();
});
