// A form is kept as it is typed. One thing is sent at a time, so that what is older never overtakes what is newer.

const PAUSE = 1200;
const AGAIN = 5000;

export class Refused extends Error {
  constructor(status, problem) {
    super(problem?.code ?? String(status));
    this.status = status;
    this.problem = problem;
  }
}

/** What the server answers, or ``Refused`` with its problem document; a TypeError when nobody was reached. */
export async function ask(address, options) {
  const csrf = document.querySelector('meta[name="csrf"]')?.content ?? "";
  const headers = { Accept: "application/json", "X-CSRF-Token": csrf };
  const answer = await fetch(address, { credentials: "same-origin", redirect: "manual", ...options, headers });
  // sent to the log-in page: the session has run out
  if (answer.type === "opaqueredirect") throw new Refused(401, null);
  const told = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(answer.status, told);
  return told;
}

export function keepDraft(form, say) {
  const status = form.querySelector(".keeping");
  let timer = 0;
  let line = Promise.resolve();
  let dirty = false;

  const tell = (text, state) => {
    status.textContent = text;
    status.className = `keeping ${state}`;
  };

  /** Does one thing after the other. */
  const inLine = (work) => {
    const done = line.then(work);
    line = done.catch(() => {});
    return done;
  };

  const typed = () => {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (typeof value === "string") body.append(name, value);
    return body;
  };

  async function send() {
    dirty = false;
    tell(say("正在保存…", "Saving…"), "");
    try {
      const kept = await ask(form.dataset.draft, { method: "POST", body: typed() });
      tell(say(`已保存 ${kept.at}`, `Saved at ${kept.at}`), "kept");
    } catch (error) {
      dirty = true;
      if (error.status === 401) {
        tell(say("登录已过期：请在新窗口重新登录，本页内容不会丢失。", "Your session has run out: sign in again in another window; what is on this page stays."), "failed");
      } else if (error.problem) {
        tell(say(error.problem.detail, error.problem.detail_en), "failed");
        return;
      } else {
        tell(say("尚未保存：网络不通，稍后自动再试。", "Not saved yet: no connection. It is tried again by itself."), "failed");
      }
      soon(AGAIN);
    }
  }

  function soon(pause = PAUSE) {
    clearTimeout(timer);
    timer = setTimeout(() => inLine(send), pause);
  }

  const changed = (event) => {
    if (event.target.type === "file") return;
    dirty = true;
    soon();
  };
  form.addEventListener("input", changed);
  form.addEventListener("change", changed);
  addEventListener("online", () => { if (dirty) soon(0); });
  addEventListener("visibilitychange", () => { if (document.hidden && dirty) soon(0); });

  let leaving = false;
  form.addEventListener("submit", () => { leaving = true; clearTimeout(timer); });
  addEventListener("beforeunload", (event) => { if (dirty && !leaving) event.preventDefault(); });

  return { inLine, soon: () => { dirty = true; soon(0); } };
}
