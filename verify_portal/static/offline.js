// The page that checks a code without us: what it needs it keeps, or has in itself when it is a single file.
import { checkCode } from "./code.js";
import { dayInShanghai, placeOf, readStatusList } from "./status-list.js";
import { readQr, scanWithCamera } from "./qr-reader.js";

const KEYS = "/.well-known/licence-keys.json";
const LISTS = "/.well-known/licence-status";
const STORE = "licence-check-kept";
const CLOCKS_DIFFER = 5 * 60 * 1000;
const MINUTE = 60 * 1000;
const TERM_ENDED_BY_ITSELF = ["in_force", "not_assigned"];

const element = (id) => document.getElementById(id);
const checker = element("checker");
const words = JSON.parse(element("words").textContent);
const { host, origin } = checker.dataset;
const inOneFile = location.protocol === "file:";

// ---- what is kept: { keys, lists: Map(number -> Uint8Array) }

let kept = { keys: null, lists: new Map() };

const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

function ownData() {
  const { keys, lists } = JSON.parse(element("kept").textContent);
  return { keys, lists: new Map(Object.entries(lists).map(([number, base64]) => [Number(number), bytesOf(base64)])) };
}

async function storedData() {
  const store = await caches.open(STORE);
  const keys = await store.match(KEYS);
  const lists = new Map();
  for (const request of await store.keys()) {
    const [, number] = new URL(request.url).pathname.match(/^\/\.well-known\/licence-status\/([0-9]+)$/) ?? [];
    if (number) lists.set(Number(number), new Uint8Array(await (await store.match(request)).arrayBuffer()));
  }
  return { keys: keys ? await keys.json() : null, lists };
}

async function fetched(address) {
  const answer = await fetch(address, { cache: "no-cache" });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer;
}

// A published set is never shortened, and a retired key never lives longer: a site that says otherwise is not believed.
function follows(before, after) {
  return before.keys.every((old) => {
    const now = after.keys.find((key) => key.kid === old.kid);
    if (!now || now.x !== old.x || now.y !== old.y) return false;
    return old.state !== "retired" || (now.state === "retired" && now.until <= old.until);
  });
}

async function renew() {
  const told = element("kept-told");
  try {
    const store = await caches.open(STORE);
    const answer = await fetched(KEYS);
    const keys = await answer.clone().json();
    if (kept.keys && !follows(kept.keys, keys)) {
      alarm("keys-differ", words.notes.keys_differ);
      return;
    }
    await store.put(KEYS, answer);
    const { status_lists: addresses } = await (await fetched(LISTS)).json();
    for (const address of addresses) {
      const { pathname } = new URL(address);
      const list = await fetched(pathname);
      // only what we can verify takes the place of what is kept
      await readStatusList(new Uint8Array(await list.clone().arrayBuffer()), address, keys);
      await store.put(pathname, list);
    }
    told.textContent = words.notes.updated;
  } catch {
    told.textContent = words.notes.offline;
  }
  kept = await storedData();
  await showKept();
}

async function listFor(number) {
  const bytes = kept.lists.get(number);
  if (!bytes || !kept.keys) return null;
  return readStatusList(bytes, `${origin}${LISTS}/${number}`, kept.keys).catch(() => null);
}

async function showKept() {
  const count = kept.keys?.keys.length ?? 0;
  element("kept-keys").textContent = count ? words.notes.keys.replace("{n}", count) : words.notes.no_keys;
  const list = await listFor(0);
  element("kept-list").textContent = list ? ageInWords(list, "kept") : words.notes.no_list;
}

// ---- what is said

function inUnits(minutes) {
  if (minutes < 1) return [0, "now"];
  if (minutes < 60) return [minutes, "minute"];
  return minutes < 1440 ? [Math.floor(minutes / 60), "hour"] : [Math.floor(minutes / 1440), "day"];
}

function ageInWords(list, sentence = "by") {
  const age = Date.now() - list.madeAt;
  if (age < -CLOCKS_DIFFER) return words.notes.ahead;
  const minutes = Math.max(0, Math.floor(age / MINUTE));
  const [count, unit] = inUnits(minutes);
  const told = words.notes[count > 1 ? `${unit}s` : unit].replace("{n}", count);
  const said = words.notes[sentence].replace("{age}", told);
  return Date.now() < list.expiresAt ? said : said + words.notes.too_old;
}

// the status in the kept list, and on what it rests
async function statusOf(statement) {
  const past = statement.expires && statement.expires < dayInShanghai(Date.now());
  if (statement.status_index === null) return past ? ["expired", words.notes.past_term] : ["status_unknown", words.notes.no_place];
  const { list: number, place } = placeOf(statement.status_index);
  const list = await listFor(number);
  const current = list && Date.now() < list.expiresAt && list.madeAt <= Date.now() + CLOCKS_DIFFER;
  const status = current ? list.status(place) : "unknown";
  if (past && (!current || TERM_ENDED_BY_ITSELF.includes(status))) return ["expired", words.notes.past_term];
  const outcome = words.outcomes[status] ? status : "status_unknown";
  return [outcome, list ? ageInWords(list) : words.notes.no_list];
}

async function outcomeOf(said) {
  if (said.verdict !== "GENUINE") return [said.reason, ""];
  if (said.hostIsOurs === false) return ["foreign_host", said.host];
  return statusOf(said.statement);
}

function show(name, note, statement) {
  const { tone, headline, sentence } = words.outcomes[name];
  const box = element("outcome");
  box.className = `verdict ${tone}`;
  box.dataset.outcome = name;
  for (const shape of box.querySelectorAll("[data-tone]")) shape.hidden = shape.dataset.tone !== tone;
  element("headline").textContent = headline;
  element("sentence").textContent = sentence;
  element("age").textContent = note;
  // what a forged code claims is never shown as if it were true
  element("values").hidden = !statement;
  element("values").dataset.verdict = tone === "genuine" ? "good" : "";
  for (const row of checker.querySelectorAll("[data-value]")) {
    const value = statement?.[row.dataset.value];
    row.hidden = !value;
    row.querySelector("dd").textContent = value ?? "";
  }
  box.hidden = false;
  element("headline").focus({ preventScroll: true });
  box.scrollIntoView({ block: "start" });
}

async function check(text) {
  if (!globalThis.crypto?.subtle) return show("unable", "", null);
  if (!kept.keys) return show("unable", words.notes.no_keys, null);
  try {
    const said = await checkCode(text, kept.keys, [host]);
    const [name, note] = await outcomeOf(said);
    show(name, note, said.verdict === "GENUINE" ? said.statement : null);
  } catch {
    show("unable", "", null);
  }
}

function alarm(id, text) {
  if (text) element(id).textContent = text;
  element(id).hidden = false;
}

// ---- the three ways in

let looking = null;

async function openCamera() {
  looking?.abort();
  const now = (looking = new AbortController());
  const switched = (on) => {
    element("camera").hidden = !on;
    element("close-camera").hidden = !on;
    element("open-camera").hidden = on;
  };
  element("camera-told").textContent = "";
  switched(true);
  try {
    await scanWithCamera(element("camera"), (text) => { now.abort(); check(text); }, now.signal);
  } catch {
    element("camera-told").textContent = words.notes.no_camera;
  }
  switched(false);
}

async function choosePicture(event) {
  const [file] = event.target.files;
  if (!file) return;
  const told = element("picture-told");
  told.textContent = words.notes.reading;
  const text = await readQr(file).catch(() => null);
  told.textContent = "";
  event.target.value = "";
  if (text) await check(text);
  else show("no_code_in_picture", "", null);
}

function isForeign() {
  const loopback = ["localhost", "127.0.0.1", "[::1]"].includes(location.hostname);
  return !inOneFile && location.hostname !== host && !loopback;
}

async function keepItself() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("/offline-worker.js", { scope: "/offline" });
  await navigator.storage?.persist?.();
}

let asking = null;

function offerToInstall(event) {
  event.preventDefault();
  asking = event;
  element("install").hidden = false;
}

async function start() {
  if (isForeign() && !document.querySelector("body > .alarm")) alarm("foreign-page");
  element("open-camera").addEventListener("click", openCamera);
  element("close-camera").addEventListener("click", () => looking?.abort());
  element("picture").addEventListener("change", choosePicture);
  element("by-text").addEventListener("submit", (event) => {
    event.preventDefault();
    check(element("text").value);
    element("text").value = "";
  });
  if (document.getElementById("renew")) {
    kept = await storedData();
    element("renew").addEventListener("click", renew);
    element("install").addEventListener("click", () => asking?.prompt());
    addEventListener("beforeinstallprompt", offerToInstall);
    await keepItself().catch(() => {});
    await renew();
  } else {
    kept = ownData();
    await showKept();
  }
  document.documentElement.dataset.ready = "yes";
}

start();
