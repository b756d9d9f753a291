// What happens on the signing page: reading is watched, a key is opened here, and only certs and a signature leave.

import { Agent, AgentError } from "./agent.js";
import { takeKey } from "./keys.js";
import { FileError, openP12 } from "./p12.js";

const say = (zh, en) => (document.documentElement.lang === "en" ? en : zh);
const room = document.getElementById("room");
const outcome = document.getElementById("outcome");

class Refused extends Error {
  constructor(problem) {
    super(problem?.code);
    this.problem = problem;
  }
}

// ---- the server

async function ask(path, body) {
  let answer;
  try {
    answer = await fetch(`/api/signing/${path}`, {
      method: body ? "POST" : "GET",
      headers: { Authorization: `Bearer ${room.dataset.token}`, ...(body ? { "Content-Type": "application/json" } : {}) },
      body: body && JSON.stringify(body),
      cache: "no-store",
    });
  } catch {
    throw new Refused({
      code: "OFFLINE",
      detail: "连不上服务器，请检查网络后重试；若刚才已提交签名，刷新页面即可看到结果。",
      detail_en: "The server cannot be reached: check the network and try again. If a signature was sent just now, reload to see.",
    });
  }
  const told = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(told);
  return told;
}

const base64 = (bytes) => btoa(Array.from(bytes, (octet) => String.fromCharCode(octet)).join(""));
const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const hex = (bytes) => Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join("");
const sha256 = async (bytes) => hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));

/** Prepare, have it signed by ``signed(prepared, bytes)``, complete, and see it through. */
async function sign(chain, signed) {
  working(say("正在准备签署内容…", "Preparing what is to be signed…"));
  const { document: id, revision } = room.dataset;
  const prepared = await ask("prepare", { document: id, revision, chain });
  const bytes = fromBase64(prepared.to_be_signed);
  if (prepared.revision !== revision || !hex(bytes).includes(prepared.digest)) throw new Refused(null);
  const signature = await signed(prepared, bytes);
  working(say("正在核对签名并加盖时间戳…", "Checking the signature, adding the time stamp…"));
  await ask("complete", { ticket: prepared.ticket, signature, digest: await sha256(bytes) });
  await seeThrough();
}

async function seeThrough() {
  for (let wait = 300; wait < 60_000; wait = Math.min(wait * 1.3, 5000)) {
    const { standing } = await ask("current");
    if (standing !== "kept") {
      showAnswer();
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
    if (wait > 2000) {
      tell("working", say("签名已收到并保存，正在等待时间戳服务；可以离开本页，会自动完成。",
        "Your signature is stored. The time stamp is still awaited: you may leave, it is finished by itself."));
    }
  }
}

// the answer is in the first line of the page
function showAnswer() {
  history.scrollRestoration = "manual";
  location.reload();
}

// ---- telling

function tell(kind, words, code = "") {
  const parts = [document.createTextNode(words)];
  if (code) {
    const small = document.createElement("small");
    small.textContent = `${say("代码", "Code")} ${code}`;
    parts.push(small);
  }
  outcome.className = `outcome ${kind}`;
  outcome.replaceChildren(...parts);
}

const working = (words) => tell("working", words);

const FILE_WORDS = {
  file: ["这不是可用的证书文件，请选择 CA 机构发给您的 .p12 或 .pfx 文件。", "This is not a usable cert file: choose the .p12 or .pfx that your CA gave you."],
  password: ["密码不对，请重新输入（注意大小写和输入法）。", "The password is wrong: enter it again (mind capitals and the input method)."],
  cipher: ["这个文件的加密方式不受支持，请在“证书管理”中重新导出（选择 AES256），或向 CA 机构换发。", "This file is encrypted in a way that is not supported: export it again with AES-256, or ask the CA."],
  key: ["文件里没有私钥，请导出时选择“包含私钥”。", "There is no private key in this file: export it again with the private key."],
  algorithm: ["这个密钥的算法不受支持；可用 RSA 2048/3072、ECDSA P-256/P-384。", "This kind of key is not supported: RSA 2048 or 3072, ECDSA P-256 or P-384 are."],
};

function explain(error) {
  if (error instanceof FileError) return tell("failed", say(...FILE_WORDS[error.kind]), `FILE_${error.kind.toUpperCase()}`);
  if (error instanceof AgentError && !error.problem) {
    return tell("failed", say(
      "没有连上本机签署助手。请确认助手已启动；若浏览器询问是否允许访问本机应用，请选“允许”（可在地址栏左侧的网站设置中更改），然后重试。",
      "The agent on this computer does not answer. See that it runs; if the browser asks whether this site may reach apps on this device, allow it (site settings, left of the address), then try again."), "AGENT_SILENT");
  }
  const problem = error.problem;
  if (problem?.detail) return tell("failed", say(problem.detail, problem.detail_en), problem.code);
  return tell("failed", say("未能签署，没有提交任何内容；请刷新页面重试。", "Nothing was signed: reload the page and try again."), error.name);
}

/** One act at a time; the buttons rest meanwhile. */
async function act(form, work) {
  const buttons = document.querySelectorAll("#room .button");
  for (const button of buttons) button.disabled = true;
  try {
    await work();
  } catch (error) {
    explain(error);
    outcome.focus();
    for (const button of buttons) button.disabled = false;
  } finally {
    form.reset();
  }
}

// ---- reading: nothing can be signed before the last page was shown

function watchReading() {
  const pages = [...document.querySelectorAll(".page")];
  const seen = new Set();
  const status = document.getElementById("reading");
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) seen.add(entry.target);
    const last = pages.at(-1);
    const loaded = pages.every((page) => page.querySelector("img").complete && page.querySelector("img").naturalWidth);
    if (seen.has(last) && loaded) {
      watcher.disconnect();
      status.textContent = say("全部页面已显示，可以签署。", "Every page was shown: you can sign.");
      status.classList.add("read");
      for (const button of document.querySelectorAll("#room .button")) button.disabled = false;
    }
  }, { threshold: [0, 0.1, 0.25, 0.5] });
  for (const page of pages) {
    // what is not on the screen is asked about again when its picture has come
    page.querySelector("img").addEventListener("load", () => { watcher.unobserve(page); watcher.observe(page); });
    watcher.observe(page);
  }
}

// ---- a file

function offerFile() {
  const form = document.getElementById("open-file");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [file] = document.getElementById("p12").files;
    const password = document.getElementById("password").value;
    act(form, async () => {
      if (!file) throw new FileError("file");
      working(say("正在打开证书文件…", "Opening the cert file…"));
      const { pkcs8, chain } = await openP12(new Uint8Array(await file.arrayBuffer()), password);
      const key = await takeKey(pkcs8);
      await sign(chain.slice(0, 8).map(base64), async (prepared, bytes) => base64(await key.sign(bytes)));
    });
  });
}

// ---- a token

function offerToken() {
  const form = document.getElementById("with-token");
  const choice = document.getElementById("certs");
  const agent = new Agent(room.dataset.agent);
  let certs = [];
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const chosen = form.querySelector("input:checked")?.value;
    act(form, async () => {
      if (!choice.hidden && chosen) return signWith(certs.find((one) => one.id === chosen));
      working(say("正在连接本机签署助手…", "Asking the agent on this computer…"));
      certs = await agent.certs();
      if (certs.length === 1) return signWith(certs[0]);
      showChoice();
    });
  });

  function showChoice() {
    if (certs.length === 0) {
      throw new AgentError({
        code: "TOKEN_EMPTY",
        detail: "没有找到证书：请插入 UKey，稍等几秒后重试。",
        detail_en: "No cert was found: plug the token in, wait a few seconds, then try again.",
      });
    }
    const labels = certs.map((cert, position) => {
      const label = document.createElement("label");
      const radio = document.createElement("input");
      Object.assign(radio, { type: "radio", name: "cert", value: cert.id, defaultChecked: position === 0 });
      const words = document.createElement("span");
      words.textContent = `${cert.subject} · ${cert.label}`;
      label.append(radio, words);
      return label;
    });
    choice.replaceChildren(choice.querySelector("legend"), ...labels);
    choice.hidden = false;
    tell("working", say("请选择证书，再按一次按钮。", "Choose the cert, then press the button again."));
    for (const button of document.querySelectorAll("#room .button")) button.disabled = false;
  }

  function signWith(cert) {
    return sign(cert.chain, (prepared) => {
      working(say("请到本机签署助手的窗口核对内容并输入 PIN。", "Go to the agent's window, compare what it shows, and enter the PIN there."));
      return agent.sign(cert, prepared);
    });
  }
}

// ---- two ways, by mouse and by arrow keys

function offerWays() {
  const tabs = [...document.querySelectorAll('[role="tab"]')];
  const choose = (tab) => {
    for (const one of tabs) {
      one.setAttribute("aria-selected", String(one === tab));
      one.tabIndex = one === tab ? 0 : -1;
      document.getElementById(one.getAttribute("aria-controls")).hidden = one !== tab;
    }
  };
  tabs.forEach((tab, position) => {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
      const next = tabs[(position + 1) % tabs.length];
      choose(next);
      next.focus();
    });
  });
}

if (room?.dataset.standing === "kept") {
  const look = async () => {
    const { standing } = await ask("current").catch(() => ({ standing: "kept" }));
    if (standing === "kept") setTimeout(look, 3000);
    else showAnswer();
  };
  look();
} else if (room) {
  offerWays();
  offerFile();
  offerToken();
  watchReading();
}
