// Reads a kept status list in the browser: verified, with its age. The same rules as attest/status_list.py.
//   readStatusList(bytes, address, keySet) -> Promise<{ madeAt, expiresAt, status(index) }>   rejects what is not ours
//   placeOf(index) -> { list, place }      which list holds the index of a code, and where
import { Malformed, couldSignOn, decode, isSignedBy, readSign1 } from "./code.js";

const CONTENT = "application/statuslist+cwt";
const TAG = 0xd2;
const MOST_BYTES = 1 << 23;
const PLACES = 1 << 20;
const SHANGHAI = 8 * 3600;
const NAMES = {
  0: "in_force", 1: "cancelled", 2: "suspended", 3: "not_assigned", 12: "superseded", 13: "expired", 14: "annulled",
  15: "forfeited",
};

export const placeOf = (index) => ({ list: Math.floor(index / PLACES), place: index % PLACES });

export const dayInShanghai = (milliseconds) => new Date(milliseconds + SHANGHAI * 1000).toISOString().slice(0, 10);

async function unpacked(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const parts = [];
  let size = 0;
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > MOST_BYTES) throw new Malformed("too long");
    parts.push(value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

export async function readStatusList(bytes, address, keySet) {
  if (bytes[0] !== TAG) throw new Malformed("no tag");
  const signed = readSign1(bytes.subarray(1), CONTENT);
  const jwk = keySet.keys.find((key) => key.kid === signed.kid);
  if (!jwk || !(await isSignedBy(signed, jwk))) throw new Malformed("not signed by us");
  const claims = decode(signed.payload);
  const [name, expires, made, ttl] = [2, 4, 6, 65534].map((claim) => claims.get(claim));
  const listing = claims.get(65533);
  const whole = [expires, made, ttl].every((value) => Number.isInteger(value)) && listing instanceof Map;
  if (!whole || listing.get("bits") !== 4) throw new Malformed("not a status list of four bits");
  if (name !== address) throw new Malformed("another list");
  if (!couldSignOn(jwk, dayInShanghai(made * 1000))) throw new Malformed("signed with a key that was not in use");
  const octets = await unpacked(listing.get("lst"));
  const status = (place) => NAMES[(octets[place >> 1] >> (4 * (place & 1))) & 15] ?? "unknown";
  return {
    madeAt: made * 1000,
    expiresAt: expires * 1000,
    status: (place) => (place < 2 * octets.length ? status(place) : "unknown"),
  };
}
