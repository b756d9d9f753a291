// Log-in with a cert (from a file in this browser, or a token through the agent) and with passkeys. No key and no PIN leaves.

import { Agent, AgentError } from "/sign/static/agent.js";
import { takeKey } from "/sign/static/keys.js";
import { FileError, openP12 } from "/sign/static/p12.js";
import { makePasskey, showPasskey } from "./passkey.js";

const say = (zh, en) => (document.documentElement.lang === "en" ? en : zh);
const csrf = document.querySelector('meta[name="csrf"]')?.content ?? "";
const base64 = (bytes) => btoa(Array.from(bytes, (octet) => String.fromCharCode(octet)).join(""));
const fromBase64 = (text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

class Refused extends Error {
  constructor(problem) {
    super(problem?.code);
    this.problem = problem;
  }
}

async function ask(path, body = {}) {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": csrf };
  const answer = await fetch(path, { method: "POST", headers, body: JSON.stringify(body), cache: "no-store" });
  const told = await answer.json().catch(() => null);
  if (!answer.ok) throw new Refused(told);
  return told;
}

function explain(error) {
  if (error.problem) return say(error.problem.detail, error.problem.detail_en);
  if (error instanceof AgentError) return say("没有找到本机签署助手，请先启动助手并插入 UKey。", "The agent on this computer does not answer: start it and plug the token in.");
  if (error instanceof FileError) return say("证书文件或密码不正确，请重新选择。", "The file or its password is not right: choose again.");
  if (error.name === "NotAllowedError") return say("已取消或超时，请重试。", "It was cancelled or took too long: try again.");
  return say("未能完成，请检查网络后重试。", "It could not be done: check the network and try again.");
}

async function busy(form, outcome, work) {
  const buttons = [...form.querySelectorAll("button")];
  for (const button of buttons) button.disabled = true;
  outcome.textContent = say("请稍候…", "One moment…");
  try {
    await work();
  } catch (error) {
    outcome.textContent = explain(error);
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

const goOn = (session) => location.assign(session.due ? "/platform/log-in/next" : "/platform/");

// ---- certs

function offerCerts(place) {
  const outcome = document.getElementById("cert-outcome");
  const agent = new Agent(place.dataset.agent);
  const choice = document.getElementById("certs");
  let certs = [];

  async function logIn(chain, signed) {
    const begun = await ask("/api/platform/session/cert/begin", { chain });
    const signature = await signed(begun);
    goOn(await ask("/api/platform/session/cert", { handle: begun.handle, signature }));
  }

  document.getElementById("cert-file").addEventListener("submit", (event) => {
    event.preventDefault();
    busy(event.target, outcome, async () => {
      const [file] = document.getElementById("p12").files;
      const password = document.getElementById("p12-password").value;
      const { pkcs8, chain } = await openP12(new Uint8Array(await file.arrayBuffer()), password);
      const key = await takeKey(pkcs8);
      await logIn(chain.slice(0, 8).map(base64), async (begun) => base64(await key.sign(fromBase64(begun.to_be_signed))));
    });
  });

  document.getElementById("cert-token").addEventListener("submit", (event) => {
    event.preventDefault();
    busy(event.target, outcome, async () => {
      const chosen = choice.querySelector("input:checked")?.value;
      if (!chosen) certs = await agent.certs();
      const cert = chosen ? certs.find((one) => one.id === chosen) : certs.length === 1 ? certs[0] : null;
      if (cert) return logIn(cert.chain, (begun) => agent.sign(cert, begun));
      const labels = certs.map((one) => {
        const label = document.createElement("label");
        const radio = Object.assign(document.createElement("input"), { type: "radio", name: "cert", value: one.id });
        const words = document.createElement("span");
        words.textContent = `${one.subject} · ${one.label}`;
        label.className = "option";
        label.append(radio, words);
        return label;
      });
      choice.replaceChildren(choice.querySelector("legend"), ...labels);
      choice.hidden = certs.length === 0;
      outcome.textContent = certs.length
        ? say("请选择证书，再按一次按钮。", "Choose the cert, then press the button again.")
        : say("没有找到证书，请插入 UKey 后重试。", "No cert was found: plug the token in and try again.");
    });
  });
  place.hidden = false;
}

// ---- passkeys

function offerPasskey(place) {
  if (!window.PublicKeyCredential) return;
  const outcome = place.querySelector(".outcome");
  place.querySelector("button").addEventListener("click", () => busy(place, outcome, async () => {
    const { handle, options } = await ask(place.dataset.begin);
    const credential = await ("create" in place.dataset ? makePasskey(options) : showPasskey(options));
    goOn(await ask(place.dataset.finish, { handle, credential, label: navigator.platform ?? "" }));
  }));
  place.hidden = false;
}

const certPlace = document.getElementById("by-cert");
if (certPlace) offerCerts(certPlace);
const passkeyPlace = document.getElementById("passkey");
if (passkeyPlace) offerPasskey(passkeyPlace);
