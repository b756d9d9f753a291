// Checks the signed code of a licence in the browser: no network, no library. The same rules as attest/signed_code.py.
// checkCode(text, keySet, hosts) -> { verdict, reason, host, hostIsOurs, statement }
// What a status list shares with a code (CBOR, COSE_Sign1) is given to status-list.js.

const LEADING = 1;
const MOST_DIGITS = 2000;
const HALF_ORDER = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n;
const EPOCH_DAY = 86400000;

export class Malformed extends Error {}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const concat = (...parts) => Uint8Array.from(parts.flatMap((part) => [...part]));

// ---- CBOR, as far as a code needs it; only the one right spelling of each value is read (RFC 8949, 4.2.1)

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }

  take(count) {
    if (this.at + count > this.bytes.length) throw new Malformed("cut off");
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  head() {
    const [first] = this.take(1);
    const major = first >> 5;
    const short = first & 31;
    if (short < 24) return [major, short];
    if (short > 26) throw new Malformed("a length of this kind is not used");
    const size = 1 << (short - 24);
    const value = this.take(size).reduce((sum, byte) => sum * 256 + byte, 0);
    if (value < [24, 256, 65536][short - 24]) throw new Malformed("not the shortest length");
    return [major, value];
  }

  value() {
    const [major, size] = this.head();
    switch (major) {
      case 0:
        return size;
      case 1:
        return -1 - size;
      case 2:
        return this.take(size).slice();
      case 3:
        return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(this.take(size));
      case 4:
        return Array.from({ length: Math.min(size, this.bytes.length) }, () => this.value());
      case 5:
        return this.map(size);
      default:
        throw new Malformed("a value of this kind is not used");
    }
  }

  map(size) {
    const entries = new Map();
    let before = "";
    for (let entry = 0; entry < size; entry += 1) {
      const start = this.at;
      const key = this.value();
      const spelled = hex(this.bytes.subarray(start, this.at));
      if (spelled <= before) throw new Malformed("keys out of order");
      before = spelled;
      entries.set(key, this.value());
    }
    return entries;
  }
}

export function decode(bytes) {
  const reader = new Reader(bytes);
  const value = reader.value();
  if (reader.at !== bytes.length) throw new Malformed("something follows");
  return value;
}

function byteString(bytes) {
  const size = bytes.length;
  const head = size < 24 ? [0x40 | size] : size < 256 ? [0x58, size] : [0x59, size >> 8, size & 255];
  return concat(head, bytes);
}

// ---- the code

function bytesOf(digits) {
  if (!/^1[1-9][0-9]*$/.test(digits) || digits.length > MOST_DIGITS) throw new Malformed("not the digits of a code");
  let text = BigInt(digits.slice(1)).toString(16);
  if (text.length % 2) text = "0" + text;
  const bytes = Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
  if (bytes[0] !== LEADING) throw new Malformed("no leading byte");
  return bytes.subarray(1);
}

// `content`: the type in the protected header (RFC 9596), where the signed thing has one
export function readSign1(bytes, content) {
  const parts = decode(bytes);
  if (!Array.isArray(parts) || parts.length !== 4) throw new Malformed("not a COSE_Sign1");
  const [protectedHeader, unprotected, payload, signature] = parts;
  const right =
    protectedHeader instanceof Uint8Array && unprotected instanceof Map && unprotected.size === 0 &&
    payload instanceof Uint8Array && signature instanceof Uint8Array && signature.length === 64;
  if (!right) throw new Malformed("not a COSE_Sign1");
  if (BigInt("0x" + hex(signature.subarray(32))) > HALF_ORDER) throw new Malformed("the larger of two signatures");
  const header = decode(protectedHeader);
  const typed = header instanceof Map && header.size === (content ? 3 : 2) && header.get(16) === content;
  const kid = typed && header.get(1) === -7 ? header.get(4) : null;
  if (!(kid instanceof Uint8Array) || kid.length !== 4) throw new Malformed("not ES256 with a kid of four bytes");
  return { protectedHeader, payload, signature, kid: hex(kid) };
}

const isCount = (value) => Number.isInteger(value) && value >= 0 && value < 4294967296;

function readStatement(payload) {
  const values = decode(payload);
  if (!(values instanceof Map) || values.get(1) !== 1) throw new Malformed("another schema");
  const text = (key, required) => {
    const value = values.get(key);
    if (value === undefined && !required) return "";
    if (typeof value !== "string" || !value || [...value].length > 120) throw new Malformed(`value ${key}`);
    return value;
  };
  const count = (key) => {
    const value = values.get(key);
    if (value !== undefined && !isCount(value)) throw new Malformed(`value ${key}`);
    return value ?? null;
  };
  const day = (key) => {
    const days = count(key);
    // the last day that a date of four digits can be
    if (days !== null && days > 2932896) throw new Malformed(`value ${key}`);
    return days === null ? null : new Date(days * EPOCH_DAY).toISOString().slice(0, 10);
  };
  if ([...values.keys()].some((key) => !Number.isInteger(key) || key < 1 || key > 9)) throw new Malformed("unknown");
  const record = values.get(9);
  const issued = day(6);
  if (!(record instanceof Uint8Array) || record.length !== 16 || issued === null) throw new Malformed("incomplete");
  return {
    number: text(2, true),
    holder: text(3, true),
    organisation: text(4),
    specialty: text(5),
    issued,
    expires: day(7),
    status_index: count(8),
    record_hash: hex(record),
  };
}

export async function isSignedBy(signed, jwk) {
  const { kty, crv, x, y } = jwk;
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, algorithm, false, ["verify"]);
  const context = new TextEncoder().encode("Signature1");
  const tbs = concat(
    [0x84, 0x60 | context.length], context, byteString(signed.protectedHeader), [0x40], byteString(signed.payload),
  );
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signed.signature, tbs);
}

export const couldSignOn = (jwk, day) => jwk.from <= day && (!jwk.until || day <= jwk.until);

async function judge(digits, keySet) {
  let signed;
  let statement;
  try {
    signed = readSign1(bytesOf(digits));
    statement = readStatement(signed.payload);
  } catch {
    return { verdict: "UNREADABLE", reason: "CODE_MALFORMED", statement: null, kid: "" };
  }
  const forged = (reason) => ({ verdict: "FORGED", reason, statement, kid: signed.kid });
  const jwk = keySet.keys.find((key) => key.kid === signed.kid);
  if (!jwk) return forged("CODE_KEY_UNKNOWN");
  if (!(await isSignedBy(signed, jwk))) return forged("CODE_SIGNATURE_WRONG");
  if (!couldSignOn(jwk, statement.issued)) return forged("CODE_KEY_NOT_IN_USE");
  return { verdict: "GENUINE", reason: "CODE_GENUINE", statement, kid: signed.kid };
}

function isOurs(address, hosts) {
  try {
    const url = new URL(address);
    const plain = url.protocol === "https:" && !url.port && !url.username && !url.password && !url.search;
    return { host: url.hostname, hostIsOurs: plain && hosts.includes(url.hostname) };
  } catch {
    return { host: "", hostIsOurs: false };
  }
}

export async function checkCode(text, keySet, hosts) {
  const trimmed = text.trim();
  const bare = /^[0-9]+$/.test(trimmed);
  const mark = trimmed.indexOf("#");
  const digits = bare ? trimmed : mark < 0 ? "" : trimmed.slice(mark + 1);
  const from = bare ? { host: "", hostIsOurs: null } : isOurs(mark < 0 ? trimmed : trimmed.slice(0, mark), hosts);
  if (!digits) return { ...from, verdict: "UNREADABLE", reason: "CODE_MISSING", statement: null, kid: "" };
  return { ...from, ...(await judge(digits, keySet)) };
}
