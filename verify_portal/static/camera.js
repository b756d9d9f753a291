// Reads the code of a licence with the camera or from a picture, on the device; opens our own addresses and no other.
const box = document.getElementById("camera");
const stage = box.querySelector(".stage");
const video = box.querySelector("video");
const again = box.querySelector("[data-again]");
const LONGEST_SIDE = [1000, 1600, 640];
const EVERY_MS = 150;

let decode = null;
let stream = null;
let searching = 0;

function say(name) {
  for (const line of box.querySelectorAll("[data-says]")) line.hidden = line.dataset.says !== name;
}

function warn(name, text) {
  for (const warning of box.querySelectorAll("[data-warning]")) {
    warning.hidden = warning.dataset.warning !== name;
    if (!warning.hidden) warning.querySelector("[data-read]").textContent = text.slice(0, 300);
  }
}

// the browser's own reader where there is one, else ours, which is fetched only now
async function makeDecoder() {
  if ("BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats()).includes("qr_code")) {
    const native = new BarcodeDetector({ formats: ["qr_code"] });
    return async (source) => (await native.detect(source))[0]?.rawValue ?? "";
  }
  const { default: jsQR } = await import(box.dataset.decoder);
  const canvas = document.createElement("canvas");
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return async (source, width, height, longest) => {
    const scale = Math.min(1, longest / Math.max(width, height));
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(source, 0, 0, canvas.width, canvas.height);
    const pixels = pen.getImageData(0, 0, canvas.width, canvas.height);
    return jsQR(pixels.data, pixels.width, pixels.height)?.data ?? "";
  };
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
  searching += 1;
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
  stage.hidden = true;
}

async function look(turn) {
  if (turn !== searching) return;
  if (video.videoWidth) {
    const text = await decode(video, video.videoWidth, video.videoHeight, LONGEST_SIDE[0]).catch(() => "");
    if (turn !== searching) return;
    if (text) return act(text);
  }
  setTimeout(look, EVERY_MS, turn);
}

async function start() {
  stop();
  const turn = searching;
  again.hidden = true;
  warn("", "");
  say("starting");
  try {
    const opened = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "environment", width: { ideal: 1280 } } });
    if (turn !== searching) {
      for (const track of opened.getTracks()) track.stop();
      return;
    }
    stream = opened;
    decode ??= await makeDecoder();
    video.srcObject = stream;
    stage.hidden = false;
    await video.play();
    say("looking");
    look(turn);
  } catch {
    if (turn === searching) {
      stop();
      say("unavailable");
    }
  }
}

async function readPicture(file) {
  stop();
  warn("", "");
  say("reading");
  try {
    decode ??= await makeDecoder();
    const picture = await createImageBitmap(file);
    for (const longest of LONGEST_SIDE) {
      const text = await decode(picture, picture.width, picture.height, longest);
      if (text) return act(text);
    }
  } catch {
    // what is no picture holds no code
  }
  say("nothing");
  again.hidden = !navigator.mediaDevices;
}

document.getElementById("picture").addEventListener("change", (event) => {
  const [file] = event.target.files;
  if (file) readPicture(file);
  event.target.value = "";
});
again.addEventListener("click", start);
addEventListener("pagehide", stop);
if (navigator.mediaDevices) start();
else say("unavailable");
