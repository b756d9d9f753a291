// Files go up one by one, with how far each is; the form names them by hash. What is refused says why and stays in sight.

function send(address, data, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-CSRF-Token", document.querySelector('meta[name="csrf"]')?.content ?? "");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    });
    request.addEventListener("load", () => {
      let told = null;
      try { told = JSON.parse(request.responseText); } catch { /* no answer of ours */ }
      if (request.status < 300 && told) resolve(told); else reject(told);
    });
    request.addEventListener("error", () => reject(null));
    request.send(data);
  });
}

const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

export function uploadFiles(form, draft, say) {
  let underWay = 0;
  let wanted = null;
  // who goes on while a file is still on its way goes on with it, not without it
  form.addEventListener("submit", (event) => {
    if (!underWay) return;
    event.preventDefault();
    wanted = event.submitter;
    form.setAttribute("aria-busy", "true");
  });

  for (const input of form.querySelectorAll("[data-upload]")) {
    const name = input.dataset.upload;
    const list = form.querySelector(`[data-files="${CSS.escape(name)}"]`);
    input.addEventListener("change", async () => {
      const chosen = [...input.files];
      input.value = "";
      for (const file of chosen) await one(file, name, list);
    });
  }

  async function one(file, name, list) {
    underWay += 1;
    const progress = element("progress", { max: 1, value: 0 });
    progress.setAttribute("aria-label", file.name);
    const said = element("small", { textContent: say("正在上传…", "Uploading…") });
    said.setAttribute("role", "status");
    const row = element("li", {}, element("span", { className: "file-name", textContent: file.name }), said, progress);
    list.append(row);
    const data = new FormData();
    data.append("field", name);
    data.append("file", file);
    try {
      const kept = await draft.inLine(() => send(form.dataset.upload, data, (part) => {
        progress.value = part;
        said.textContent = part < 1 ? `${Math.round(part * 100)} %` : say("正在检查…", "Being checked…");
      }));
      if (!list.hasAttribute("data-many")) for (const other of [...list.children]) if (other !== row) other.remove();
      row.prepend(element("input", { type: "hidden", name, value: kept.sha256 }));
      said.textContent = say(`已上传，${kept.pages} 页`, `Uploaded, ${kept.pages} pages`);
      const remove = element("button", { type: "button", className: "link", textContent: say("移除", "Remove") });
      remove.setAttribute("aria-label", `${remove.textContent} ${file.name}`);
      remove.addEventListener("click", () => { row.remove(); draft.soon(); });
      row.append(remove);
    } catch (problem) {
      row.className = "refused";
      said.textContent = problem?.detail
        ? say(problem.detail, problem.detail_en)
        : say("没有传成：网络不通或超时，请再选一次。", "It did not go through: choose it again.");
      const away = element("button", { type: "button", className: "link", textContent: say("知道了", "Dismiss") });
      away.addEventListener("click", () => row.remove());
      row.append(away);
    } finally {
      underWay -= 1;
      progress.remove();
      if (!underWay && wanted) {
        const submitter = wanted;
        wanted = null;
        form.removeAttribute("aria-busy");
        if (!list.querySelector(".refused")) form.requestSubmit(submitter);
      }
    }
  }
}
