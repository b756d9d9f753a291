// Ciphers of yesterday, to open files that CAs still hand out: Triple DES (FIPS 46-3) and RC2 (RFC 2268), CBC, decryption
// only. WebCrypto has neither. Nothing new is ever encrypted with them.

const IP = [58, 50, 42, 34, 26, 18, 10, 2, 60, 52, 44, 36, 28, 20, 12, 4, 62, 54, 46, 38, 30, 22, 14, 6, 64, 56, 48, 40, 32, 24, 16, 8,
  57, 49, 41, 33, 25, 17, 9, 1, 59, 51, 43, 35, 27, 19, 11, 3, 61, 53, 45, 37, 29, 21, 13, 5, 63, 55, 47, 39, 31, 23, 15, 7];
const FP = [40, 8, 48, 16, 56, 24, 64, 32, 39, 7, 47, 15, 55, 23, 63, 31, 38, 6, 46, 14, 54, 22, 62, 30, 37, 5, 45, 13, 53, 21, 61, 29,
  36, 4, 44, 12, 52, 20, 60, 28, 35, 3, 43, 11, 51, 19, 59, 27, 34, 2, 42, 10, 50, 18, 58, 26, 33, 1, 41, 9, 49, 17, 57, 25];
const P = [16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22, 11, 4, 25];
const PC1 = [57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
  63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4];
const PC2 = [14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2,
  41, 52, 31, 37, 47, 55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32];
const SHIFTS = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1];
const S = [
  "e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d",
  "f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9",
  "a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c",
  "7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e",
  "2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453",
  "c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d",
  "4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c",
  "d2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b",
].map((digits) => Uint8Array.from(digits, (digit) => Number.parseInt(digit, 16)));

/** Plain text of Triple DES in CBC, padding still on it. ``key`` has 24 octets, ``iv`` 8. */
export function decryptTripleDes(key, iv, data) {
  const [first, second, third] = [0, 8, 16].map((at) => schedule(key.subarray(at, at + 8)));
  const block = (bits) => des(des(des(bits, third, true), second, false), first, true);
  return inChain(iv, data, (octets) => octetsOf(block(bitsOf(octets))));
}

/** Plain text of RC2 in CBC, padding still on it. */
export function decryptRc2(key, iv, data) {
  const words = rc2Schedule(key, key.length * 8);
  return inChain(iv, data, (octets) => rc2Block(words, octets));
}

function inChain(iv, data, decrypt) {
  if (data.length === 0 || data.length % 8) throw new RangeError("length");
  const out = new Uint8Array(data.length);
  let before = iv;
  for (let at = 0; at < data.length; at += 8) {
    const block = data.subarray(at, at + 8);
    const plain = decrypt(block);
    for (let i = 0; i < 8; i += 1) out[at + i] = plain[i] ^ before[i];
    before = block;
  }
  return out;
}

function bitsOf(octets) {
  const bits = new Uint8Array(octets.length * 8);
  for (let i = 0; i < bits.length; i += 1) bits[i] = (octets[i >> 3] >> (7 - (i & 7))) & 1;
  return bits;
}

function octetsOf(bits) {
  const octets = new Uint8Array(bits.length / 8);
  for (let i = 0; i < bits.length; i += 1) octets[i >> 3] |= bits[i] << (7 - (i & 7));
  return octets;
}

const permuted = (bits, table) => Uint8Array.from(table, (position) => bits[position - 1]);

function schedule(key) {
  let halves = permuted(bitsOf(key), PC1);
  return SHIFTS.map((by) => {
    const turned = new Uint8Array(56);
    for (let i = 0; i < 28; i += 1) {
      turned[i] = halves[(i + by) % 28];
      turned[28 + i] = halves[28 + ((i + by) % 28)];
    }
    halves = turned;
    return permuted(halves, PC2);
  });
}

function des(bits, keys, backwards) {
  const mixed = permuted(bits, IP);
  let left = mixed.slice(0, 32);
  let right = mixed.slice(32);
  for (let round = 0; round < 16; round += 1) {
    const next = feistel(right, keys[backwards ? 15 - round : round]);
    for (let i = 0; i < 32; i += 1) next[i] ^= left[i];
    left = right;
    right = next;
  }
  const joined = new Uint8Array(64);
  joined.set(right);
  joined.set(left, 32);
  return permuted(joined, FP);
}

function feistel(half, key) {
  const out = new Uint8Array(32);
  for (let box = 0; box < 8; box += 1) {
    const six = [];
    for (let i = 0; i < 6; i += 1) six.push(half[(box * 4 + i + 31) % 32] ^ key[box * 6 + i]);
    const row = six[0] * 2 + six[5];
    const value = S[box][row * 16 + six[1] * 8 + six[2] * 4 + six[3] * 2 + six[4]];
    for (let i = 0; i < 4; i += 1) out[box * 4 + i] = (value >> (3 - i)) & 1;
  }
  return permuted(out, P);
}

const PI_DIGITS =
  "d978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82" +
  "54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb6266fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7" +
  "08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ecc2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731" +
  "2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a90d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad";
const PI = Uint8Array.from(PI_DIGITS.match(/../g), (pair) => Number.parseInt(pair, 16));

function rc2Schedule(key, bits) {
  const bytes = new Uint8Array(128);
  bytes.set(key);
  for (let i = key.length; i < 128; i += 1) bytes[i] = PI[(bytes[i - 1] + bytes[i - key.length]) & 255];
  const kept = Math.ceil(bits / 8);
  bytes[128 - kept] = PI[bytes[128 - kept] & (255 >> (8 * kept - bits))];
  for (let i = 127 - kept; i >= 0; i -= 1) bytes[i] = PI[bytes[i + 1] ^ bytes[i + kept]];
  return Uint16Array.from({ length: 64 }, (_, i) => bytes[2 * i] | (bytes[2 * i + 1] << 8));
}

function rc2Block(words, octets) {
  const r = [0, 2, 4, 6].map((at) => octets[at] | (octets[at + 1] << 8));
  let at = 63;
  const turns = [1, 2, 3, 5];
  const unmix = () => {
    for (let i = 3; i >= 0; i -= 1) {
      r[i] = ((r[i] >>> turns[i]) | (r[i] << (16 - turns[i]))) & 0xffff;
      r[i] = (r[i] - words[at] - (r[(i + 3) % 4] & r[(i + 2) % 4]) - (~r[(i + 3) % 4] & r[(i + 1) % 4])) & 0xffff;
      at -= 1;
    }
  };
  const unmash = () => {
    for (let i = 3; i >= 0; i -= 1) r[i] = (r[i] - words[r[(i + 3) % 4] & 63]) & 0xffff;
  };
  for (let round = 0; round < 16; round += 1) {
    unmix();
    if (round === 4 || round === 10) unmash();
  }
  return Uint8Array.from(r.flatMap((word) => [word & 255, word >> 8]));
}
