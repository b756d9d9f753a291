// Reads a QR code from a picture or from the camera, on this device: no picture ever leaves it.
//   readQr(source)                      -> Promise<string | null>   File, Blob, image, video, canvas, ImageBitmap, ImageData
//   scanWithCamera(video, onText, signal) -> Promise<void>          shows the camera in `video` until `signal` is aborted
// The browser's own BarcodeDetector reads where there is one; everywhere else, and where it finds nothing, jsQR does.

const WIDTHS = [900, 1500, 600, 2600];
const LARGEST_SIDE = 16384;
const BETWEEN_FRAMES = 120;
const FRAME = 800;

let detector;

async function ownDetector() {
  if (detector === undefined) {
    const formats = (await globalThis.BarcodeDetector?.getSupportedFormats().catch(() => [])) ?? [];
    detector = formats.includes("qr_code") ? new BarcodeDetector({ formats: ["qr_code"] }) : null;
  }
  return detector;
}

async function jsQr() {
  // a plain script, as its makers give it away: it leaves its one function behind under its name
  if (!globalThis.jsQR) await import("./vendor/jsQR.js");
  return globalThis.jsQR;
}

async function drawable(source) {
  if (source instanceof Blob || source instanceof ImageData) return createImageBitmap(source);
  if (source instanceof HTMLImageElement) await source.decode();
  return source;
}

const sizeOf = (image) => ({
  width: image.videoWidth || image.naturalWidth || image.width,
  height: image.videoHeight || image.naturalHeight || image.height,
});

// a part of the image, its longer side drawn `longest` pixels long, on white where it is transparent
function pixels(image, { left, top, width, height }, longest) {
  const scale = Math.min(longest / Math.max(width, height), 2);
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, left, top, width, height, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

// The whole picture in several sizes, then nine overlapping parts of half its side: a code in the corner of a
// page is small, and a page has other things that look like its corners.
function* views(image) {
  const { width, height } = sizeOf(image);
  const whole = { left: 0, top: 0, width, height };
  const sizes = WIDTHS.filter((size) => size < 1.5 * Math.max(width, height));
  for (const size of sizes.length ? sizes : [WIDTHS[2]]) yield pixels(image, whole, size);
  if (Math.max(width, height) < WIDTHS[0]) return;
  for (const row of [2, 0, 1]) {
    for (const column of [0, 2, 1]) {
      const part = { left: (column * width) / 4, top: (row * height) / 4, width: width / 2, height: height / 2 };
      yield pixels(image, part, 1000);
    }
  }
}

async function detected(image) {
  const own = await ownDetector();
  try {
    return (await own?.detect(image))?.find((code) => code.rawValue)?.rawValue ?? null;
  } catch {
    return null;
  }
}

export async function readQr(source) {
  const image = await drawable(source);
  const { width, height } = sizeOf(image);
  if (!width || !height || width > LARGEST_SIDE || height > LARGEST_SIDE) return null;
  const found = await detected(image);
  if (found) return found;
  const read = await jsQr();
  for (const view of views(image)) {
    const code = read(view.data, view.width, view.height, { inversionAttempts: "dontInvert" });
    if (code?.data) return code.data;
    // the page stays alive between two tries
    await new Promise((next) => setTimeout(next));
  }
  return null;
}

async function readFrame(video) {
  const found = await detected(video);
  if (found || (await ownDetector())) return found;
  const { width, height } = sizeOf(video);
  if (!width || !height) return null;
  const side = Math.min(width, height);
  const middle = { left: (width - side) / 2, top: (height - side) / 2, width: side, height: side };
  const view = pixels(video, middle, FRAME);
  return (await jsQr())(view.data, view.width, view.height, { inversionAttempts: "dontInvert" })?.data || null;
}

const wait = (time, signal) =>
  new Promise((done) => {
    const timer = setTimeout(done, time);
    signal.addEventListener("abort", () => { clearTimeout(timer); done(); }, { once: true });
  });

// Rejects, as getUserMedia does, when there is no camera or it may not be used. The camera is let go on abort.
// `onText` is called with each new text once; it aborts when it has what it wants.
export async function scanWithCamera(video, onText, signal) {
  const wishes = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } };
  const stream = await navigator.mediaDevices.getUserMedia({ video: wishes, audio: false });
  const stop = () => {
    for (const track of stream.getTracks()) track.stop();
    video.srcObject = null;
  };
  try {
    video.muted = true;
    video.playsInline = true;
    video.srcObject = stream;
    if (signal.aborted) return;
    await video.play();
    let before = null;
    while (!signal.aborted) {
      const text = await readFrame(video);
      if (text && text !== before && !signal.aborted) onText(text);
      before = text ?? before;
      await wait(BETWEEN_FRAMES, signal);
    }
  } finally {
    stop();
  }
}
