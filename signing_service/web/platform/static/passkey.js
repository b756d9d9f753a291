// What a passkey is asked and what it answers, between the JSON of the server and the bytes of the browser.

const base64 = (bytes) => btoa(Array.from(bytes, (octet) => String.fromCharCode(octet)).join(""));
const url64 = (buffer) => base64(new Uint8Array(buffer)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const fromUrl64 = (text) => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (character) => character.charCodeAt(0));
};
const credentials = (list = []) => list.map((one) => ({ ...one, id: fromUrl64(one.id) }));

/** As `PublicKeyCredential.toJSON` tells it, which not every browser has yet. */
function told(made) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (made.response[name]) response[name] = url64(made.response[name]);
  }
  return { id: made.id, rawId: url64(made.rawId), type: made.type, response };
}

/** A new one, as the options of the server want it. */
export async function makePasskey(options) {
  const publicKey = { ...options, challenge: fromUrl64(options.challenge) };
  publicKey.user = { ...options.user, id: fromUrl64(options.user.id) };
  publicKey.excludeCredentials = credentials(options.excludeCredentials);
  return told(await navigator.credentials.create({ publicKey }));
}

/** One that the account has. */
export async function showPasskey(options) {
  const publicKey = { ...options, challenge: fromUrl64(options.challenge) };
  publicKey.allowCredentials = credentials(options.allowCredentials);
  return told(await navigator.credentials.get({ publicKey }));
}
