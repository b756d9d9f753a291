// A key that was read from a file, in the hands of WebCrypto: it signs here and cannot be taken out again.

import { ecdsaSignature, inside, oid, read } from "./der.js";
import { FileError } from "./p12.js";

const RSA = "1.2.840.113549.1.1.1";
const EC = "1.2.840.10045.2.1";
const CURVES = { "1.2.840.10045.3.1.7": ["P-256", "SHA-256"], "1.3.132.0.34": ["P-384", "SHA-384"] };

/** ``{sign(bytes) -> signature}``, ECDSA in DER. The octets of ``pkcs8`` are wiped. Throws FileError. */
export async function takeKey(pkcs8) {
  const how = algorithmOf(pkcs8);
  let key;
  try {
    key = await crypto.subtle.importKey("pkcs8", pkcs8, how.key, false, ["sign"]);
  } catch {
    throw new FileError("algorithm");
  } finally {
    pkcs8.fill(0);
  }
  return {
    async sign(bytes) {
      const raw = new Uint8Array(await crypto.subtle.sign(how.signature, key, bytes));
      return how.signature.name === "ECDSA" ? ecdsaSignature(raw) : raw;
    },
  };
}

function algorithmOf(pkcs8) {
  const [, algorithm] = inside(read(pkcs8));
  const [type, parameters] = inside(algorithm);
  if (oid(type) === RSA) {
    const name = "RSASSA-PKCS1-v1_5";
    return { key: { name, hash: "SHA-256" }, signature: { name } };
  }
  const known = oid(type) === EC && parameters?.tag === 0x06 ? CURVES[oid(parameters)] : undefined;
  if (!known) throw new FileError("algorithm");
  const [namedCurve, hash] = known;
  return { key: { name: "ECDSA", namedCurve }, signature: { name: "ECDSA", hash } };
}
