// DER, read and never trusted (X.690): every length is held against what is there.

/** One element: tag, its content as bytes, and the whole of it with its head. */
export function read(bytes, start = 0) {
  if (start + 2 > bytes.length) throw new DerError("short");
  const tag = bytes[start];
  if ((tag & 0x1f) === 0x1f) throw new DerError("tag");
  let length = bytes[start + 1];
  let at = start + 2;
  if (length === 0x80) return readIndefinite(bytes, start);
  if (length > 0x80) {
    const octets = length & 0x7f;
    if (octets > 4 || at + octets > bytes.length) throw new DerError("length");
    length = 0;
    for (let i = 0; i < octets; i += 1) length = length * 256 + bytes[at + i];
    at += octets;
  }
  const end = at + length;
  if (end > bytes.length) throw new DerError("short");
  return { tag, content: bytes.subarray(at, end), whole: bytes.subarray(start, end), end };
}

// BER's open-ended form (X.690, 8.1.3.6): old Windows and Java stores write their outer shells that way.
function readIndefinite(bytes, start) {
  if (!(bytes[start] & 0x20)) throw new DerError("length");
  let at = start + 2;
  while (!(bytes[at] === 0 && bytes[at + 1] === 0)) at = read(bytes, at).end;
  return { tag: bytes[start], content: bytes.subarray(start + 2, at), whole: bytes.subarray(start, at + 2), end: at + 2 };
}

/** The elements inside a constructed one. */
export function inside(element) {
  const found = [];
  for (let at = 0; at < element.content.length; ) {
    const one = read(element.content, at);
    found.push(one);
    at = one.end;
  }
  return found;
}

/** The octets of an OCTET STRING, also of one that BER has in pieces. */
export function octets(element) {
  if (!(element.tag & 0x20)) return element.content;
  const parts = inside(element).map(octets);
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function oid(element) {
  if (element.tag !== 0x06) throw new DerError("oid");
  const arcs = [];
  let value = 0;
  for (const byte of element.content) {
    value = value * 128 + (byte & 0x7f);
    if (!(byte & 0x80)) {
      if (arcs.length === 0) arcs.push(Math.min(2, Math.floor(value / 40)), value - 40 * Math.min(2, Math.floor(value / 40)));
      else arcs.push(value);
      value = 0;
    }
  }
  return arcs.join(".");
}

export function integer(element) {
  if (element.tag !== 0x02 || element.content.length > 4) throw new DerError("integer");
  return element.content.reduce((sum, byte) => sum * 256 + byte, 0);
}

/** A signature as WebCrypto gives it, r and s side by side (IEEE P1363), as ECDSA-Sig-Value (RFC 3279, 2.2.3). */
export function ecdsaSignature(raw) {
  const half = raw.length / 2;
  const body = [...unsigned(raw.subarray(0, half)), ...unsigned(raw.subarray(half))];
  return new Uint8Array(body.length < 128 ? [0x30, body.length, ...body] : [0x30, 0x81, body.length, ...body]);
}

function unsigned(bytes) {
  let at = 0;
  while (at < bytes.length - 1 && bytes[at] === 0) at += 1;
  const digits = [...bytes.subarray(at)];
  if (digits[0] & 0x80) digits.unshift(0);
  return [0x02, digits.length, ...digits];
}

export class DerError extends Error {}
