// Keeps the offline page itself: its scope is that page, and everything else goes to the network as ever.
// The portal writes VERSION and SHELL before this text; another version is another cache, and the old one goes.
/* global VERSION, SHELL */
const CACHE = `licence-check-${VERSION}`;

self.addEventListener("install", (event) => {
  const whole = caches.open(CACHE).then((cache) => cache.addAll(SHELL.map((address) => new Request(address, { cache: "reload" }))));
  event.waitUntil(whole.then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const former = (name) => /^licence-check-[0-9a-f]+$/.test(name) && name !== CACHE;
  const cleared = caches.keys().then((names) => Promise.all(names.filter(former).map((name) => caches.delete(name))));
  event.waitUntil(cleared.then(() => self.clients.claim()));
});

function pageFor(url) {
  const chosen = url.searchParams.get("lang") ?? navigator.language;
  return `/offline?lang=${chosen.startsWith("en") ? "en" : "zh"}`;
}

async function fromShell(request) {
  const url = new URL(request.url);
  const cache = await caches.open(CACHE);
  const wanted = request.mode === "navigate" ? pageFor(url) : request;
  const found = await cache.match(wanted, { ignoreSearch: request.mode !== "navigate", ignoreVary: true });
  return found ?? fetch(request);
}

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const ours = url.origin === self.location.origin && event.request.method === "GET";
  if (!ours || url.pathname.startsWith("/.well-known/")) return;
  event.respondWith(fromShell(event.request));
});
