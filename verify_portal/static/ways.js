// The first page: a PDF that is dropped on the card is sent as if it had been chosen.
import { takeDrops } from "./drop.js";

const form = document.getElementById("file");
takeDrops(form, (files) => {
  const one = files.length === 1;
  form.querySelector(".drop-said").hidden = one;
  if (one) form.requestSubmit();
});
