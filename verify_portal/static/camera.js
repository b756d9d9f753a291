// Reads the code of a licence with the camera or from a picture, on the device; opens our own addresses and no other.
import { readQr, scanWithCamera } from "./qr-reader.js";

const box = document.getElementById("camera");
const stage = box.querySelector(".stage");
const video = box.querySelector("video");
const again = box.querySelector("[data-again]");

let search = new AbortController();

function say(name) {
  for (const line of box.querySelectorAll("[data-says]")) line.hidden = line.dataset.says !== name;
}

function warn(name, text) {
  for (const warning of box.querySelectorAll("[data-warning]")) {
    warning.hidden = warning.dataset.warning !== name;
    if (!warning.hidden) warning.querySelector("[data-read]").textContent = text.slice(0, 300);
  }
}

function addressIn(text) {
  try {
    return new URL(text.trim());
  } catch {
    return null;
  }
}

function act(text) {
  stop();
  const address = addressIn(text);
  const ours =
    address && address.origin === box.dataset.origin && !address.username && !address.password &&
    /^\/v\/[^/]+$/i.test(address.pathname);
  if (ours) {
    say("ours");
    const lang = box.dataset.lang ? `?lang=${box.dataset.lang}` : "";
    // what is behind the # proves the code, and goes along
    location.assign("/v/" + address.pathname.slice(3) + lang + address.hash);
    return;
  }
  say("");
  warn(address && /^https?:$/.test(address.protocol) ? "foreign" : "other", text);
  again.hidden = false;
}

function stop() {
  search.abort();
  stage.hidden = true;
}

async function start() {
  stop();
  search = new AbortController();
  const { signal } = search;
  again.hidden = true;
  warn("", "");
  say("starting");
  try {
    await scanWithCamera(video, act, signal);
  } catch {
    if (!signal.aborted) {
      stop();
      say("unavailable");
    }
  }
}

async function readPicture(file) {
  stop();
  warn("", "");
  say("reading");
  const text = await readQr(file).catch(() => null);
  if (text) return act(text);
  say("nothing");
  again.hidden = !navigator.mediaDevices;
}

video.addEventListener("playing", () => {
  stage.hidden = false;
  say("looking");
});
document.getElementById("picture").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) readPicture(file);
  event.target.value = "";
});
again.addEventListener("click", start);
addEventListener("pagehide", stop);
if (navigator.mediaDevices) start();
else say("unavailable");
