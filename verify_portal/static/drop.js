// Files that are dropped on a form become the files of its input; where they fall beside it, nothing happens.
export function takeDrops(form, taken) {
  const input = form.querySelector("input[type=file]");
  const hint = form.querySelector(".drop-here");
  hint.hidden = !matchMedia("(hover: hover)").matches;
  for (const name of ["dragover", "drop"]) addEventListener(name, (event) => event.preventDefault());
  form.addEventListener("dragover", () => form.classList.add("over"));
  form.addEventListener("dragleave", (event) => {
    if (!form.contains(event.relatedTarget)) form.classList.remove("over");
  });
  form.addEventListener("drop", (event) => {
    form.classList.remove("over");
    const { files } = event.dataTransfer;
    if (!files.length) return;
    if (input.multiple || files.length === 1) input.files = files;
    taken(files);
  });
}
