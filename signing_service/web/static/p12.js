// Opens a PKCS#12 file (RFC 7292) in this page. The file and its password go nowhere: what comes out is a key that
// WebCrypto holds and will not give away, and the certs.

import { decryptRc2, decryptTripleDes } from "./ciphers.js";
import { DerError, inside, integer, octets, oid, read } from "./der.js";

const DATA = "1.2.840.113549.1.7.1";
const ENCRYPTED_DATA = "1.2.840.113549.1.7.6";
const KEY_BAG = "1.2.840.113549.1.12.10.1.1";
const SHROUDED_KEY_BAG = "1.2.840.113549.1.12.10.1.2";
const CERT_BAG = "1.2.840.113549.1.12.10.1.3";
const X509_CERT = "1.2.840.113549.1.9.22.1";
const LOCAL_KEY_ID = "1.2.840.113549.1.9.21";
const PBES2 = "1.2.840.113549.1.5.13";
const PBKDF2 = "1.2.840.113549.1.5.12";
const HASHES = {
  "1.3.14.3.2.26": "SHA-1", "2.16.840.1.101.3.4.2.1": "SHA-256",
  "2.16.840.1.101.3.4.2.2": "SHA-384", "2.16.840.1.101.3.4.2.3": "SHA-512",
};
const PRFS = {
  "1.2.840.113549.2.7": "SHA-1", "1.2.840.113549.2.9": "SHA-256",
  "1.2.840.113549.2.10": "SHA-384", "1.2.840.113549.2.11": "SHA-512",
};
const AES = { "2.16.840.1.101.3.4.1.2": 16, "2.16.840.1.101.3.4.1.22": 24, "2.16.840.1.101.3.4.1.42": 32 };
const TRIPLE_DES = "1.2.840.113549.3.7";
// RFC 7292, appendix C: scheme -> octets of the key, cipher
const OLD_SCHEMES = {
  "1.2.840.113549.1.12.1.3": [24, decryptTripleDes], "1.2.840.113549.1.12.1.4": [16, decryptTripleDes],
  "1.2.840.113549.1.12.1.5": [16, decryptRc2], "1.2.840.113549.1.12.1.6": [5, decryptRc2],
};
const MOST_ROUNDS = 10_000_000;

export class FileError extends Error {
  /** ``kind``: file, password, cipher, key, algorithm. */
  constructor(kind) {
    super(kind);
    this.kind = kind;
  }
}

/** ``{pkcs8, chain}``: the private key as PKCS#8 and the certs, the key's own first. Throws FileError. */
export async function openP12(bytes, password) {
  try {
    return await opened(bytes, password);
  } catch (error) {
    if (error instanceof DerError || error instanceof TypeError || error instanceof RangeError) throw new FileError("file");
    throw error;
  }
}

async function opened(bytes, password) {
  const [version, safe, mac] = inside(read(bytes));
  if (integer(version) !== 3) throw new FileError("file");
  const [type, wrapped] = inside(safe);
  if (oid(type) !== DATA) throw new FileError("file");
  const content = octets(read(wrapped.content));
  if (mac) await checkMac(inside(mac), content, password);
  const bags = [];
  for (const info of inside(read(content))) bags.push(...(await bagsIn(info, password)));
  const keys = bags.filter((bag) => bag.pkcs8);
  if (keys.length === 0) throw new FileError("key");
  const certs = bags.filter((bag) => bag.cert);
  // an encryption pair may lie beside the signing pair: the server says whether the cert may sign
  const key = keys.find((one) => ownCert(one, certs)) ?? keys[0];
  const own = ownCert(key, certs) ?? certs[0];
  if (!own) throw new FileError("file");
  return { pkcs8: key.pkcs8, chain: [own, ...certs.filter((one) => one !== own)].map((one) => one.cert) };
}

const ownCert = (key, certs) => (key.id ? certs.find((one) => one.id === key.id) : undefined);

async function checkMac([digestInfo, salt, rounds], content, password) {
  const [algorithm, expected] = inside(digestInfo);
  const hash = HASHES[oid(inside(algorithm)[0])];
  if (!hash) return; // PBMAC1 (RFC 9579) and others: a wrong password shows when the key is opened
  const size = { "SHA-1": 20, "SHA-256": 32, "SHA-384": 48, "SHA-512": 64 }[hash];
  const octetsOfKey = await derive(hash, 3, password, salt.content, rounds ? integer(rounds) : 1, size);
  const key = await crypto.subtle.importKey("raw", octetsOfKey, { name: "HMAC", hash }, false, ["verify"]);
  if (!(await crypto.subtle.verify("HMAC", key, expected.content, content))) throw new FileError("password");
}

async function bagsIn(info, password) {
  const [type, wrapped] = inside(info);
  let safe;
  if (oid(type) === DATA) {
    safe = octets(read(wrapped.content));
  } else if (oid(type) === ENCRYPTED_DATA) {
    const [, encrypted] = inside(read(wrapped.content));
    const [, algorithm, data] = inside(encrypted);
    // [0] IMPLICIT OCTET STRING, in one piece or in several
    safe = await decrypted(algorithm, octets(data), password);
  } else {
    throw new FileError("cipher");
  }
  const bags = [];
  for (const bag of inside(read(safe))) bags.push(await opening(bag, password));
  return bags;
}

async function opening(bag, password) {
  const [type, wrapped, attributes] = inside(bag);
  const value = read(wrapped.content);
  const found = { id: localKeyId(attributes) };
  if (oid(type) === KEY_BAG) found.pkcs8 = value.whole;
  if (oid(type) === SHROUDED_KEY_BAG) {
    const [algorithm, data] = inside(value);
    found.pkcs8 = read(await decrypted(algorithm, octets(data), password)).whole;
  }
  if (oid(type) === CERT_BAG) {
    const [kind, cert] = inside(value);
    if (oid(kind) === X509_CERT) found.cert = octets(read(cert.content));
  }
  return found;
}

function localKeyId(attributes) {
  for (const attribute of attributes ? inside(attributes) : []) {
    const [type, values] = inside(attribute);
    if (oid(type) === LOCAL_KEY_ID) return octets(inside(values)[0]).join(".");
  }
  return undefined;
}

async function decrypted(algorithm, data, password) {
  const [type, parameters] = inside(algorithm);
  const scheme = oid(type);
  let plain;
  if (scheme === PBES2) {
    plain = await decryptedPbes2(parameters, data, password);
  } else if (OLD_SCHEMES[scheme]) {
    const [size, decrypt] = OLD_SCHEMES[scheme];
    const [salt, rounds] = inside(parameters);
    const key = await derive("SHA-1", 1, password, salt.content, integer(rounds), size);
    const iv = await derive("SHA-1", 2, password, salt.content, integer(rounds), 8);
    plain = unpadded(decrypt(size === 16 && decrypt === decryptTripleDes ? threeKeys(key) : key, iv, data));
  } else {
    throw new FileError("cipher");
  }
  return plain;
}

const threeKeys = (two) => Uint8Array.from([...two, ...two.subarray(0, 8)]);

async function decryptedPbes2(parameters, data, password) {
  const [derivation, encryption] = inside(parameters);
  const [kdf, kdfParameters] = inside(derivation);
  const [cipher, iv] = inside(encryption);
  if (oid(kdf) !== PBKDF2) throw new FileError("cipher");
  const [salt, rounds, ...rest] = inside(kdfParameters);
  const prf = rest.find((one) => one.tag === 0x30);
  const hash = prf ? PRFS[oid(inside(prf)[0])] : "SHA-1";
  const name = oid(cipher);
  const size = AES[name] ?? (name === TRIPLE_DES ? 24 : 0);
  if (!hash || !size || integer(rounds) > MOST_ROUNDS) throw new FileError("cipher");
  const secret = await crypto.subtle.importKey("raw", new TextEncoder().encode(password), "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash, salt: salt.content, iterations: integer(rounds) };
  const bits = new Uint8Array(await crypto.subtle.deriveBits(how, secret, size * 8));
  if (name === TRIPLE_DES) return unpadded(decryptTripleDes(bits, iv.content, data));
  const key = await crypto.subtle.importKey("raw", bits, "AES-CBC", false, ["decrypt"]);
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-CBC", iv: iv.content }, key, data));
  } catch {
    throw new FileError("password");
  }
}

function unpadded(data) {
  const count = data.at(-1);
  const fits = count >= 1 && count <= 8 && data.subarray(-count).every((octet) => octet === count);
  if (!fits) throw new FileError("password");
  return data.subarray(0, -count);
}

// RFC 7292, appendix B.2; the password is UTF-16, big endian, with a zero at its end.
async function derive(hash, purpose, password, salt, rounds, size) {
  if (rounds > MOST_ROUNDS) throw new FileError("cipher");
  const [u, v] = { "SHA-1": [20, 64], "SHA-256": [32, 64], "SHA-384": [48, 128], "SHA-512": [64, 128] }[hash];
  const secret = new Uint8Array(2 * (password.length + 1));
  for (let i = 0; i < password.length; i += 1) {
    secret[2 * i] = password.charCodeAt(i) >> 8;
    secret[2 * i + 1] = password.charCodeAt(i) & 255;
  }
  const repeated = (bytes) =>
    Uint8Array.from({ length: bytes.length ? v * Math.ceil(bytes.length / v) : 0 }, (_, i) => bytes[i % bytes.length]);
  const diversifier = new Uint8Array(v).fill(purpose);
  let input = Uint8Array.from([...repeated(salt), ...repeated(secret)]);
  const out = new Uint8Array(Math.ceil(size / u) * u);
  for (let at = 0; at < size; at += u) {
    let block = Uint8Array.from([...diversifier, ...input]);
    for (let round = 0; round < rounds; round += 1) block = new Uint8Array(await crypto.subtle.digest(hash, block));
    out.set(block, at);
    const added = repeated(block).subarray(0, v);
    input = Uint8Array.from(input);
    for (let start = 0; start < input.length; start += v) {
      let carry = 1;
      for (let i = v - 1; i >= 0; i -= 1) {
        carry += input[start + i] + added[i];
        input[start + i] = carry & 255;
        carry >>= 8;
      }
    }
  }
  return out.subarray(0, size);
}
