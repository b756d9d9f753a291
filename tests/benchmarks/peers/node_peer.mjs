// @libpdf/core and @signpdf/signpdf, each as its documentation shows it. The talk is that of answering.py.
import fs from "node:fs";
import readline from "node:readline";

async function libpdf(job) {
  const { PDF, P12Signer } = await import("@libpdf/core");
  const data = new Uint8Array(fs.readFileSync(job.file));
  const signer = await P12Signer.create(new Uint8Array(fs.readFileSync(`${job.keys}/${job.key}.p12`)), "bench");
  return async () => {
    const pdf = await PDF.load(data);
    const signed = await pdf.sign({ signer, reason: "同意", fieldName: "Signature1" });
    if (!(signed.bytes?.length > data.length)) throw new Error("nothing was signed");
  };
}

async function signpdf(job) {
  const { SignPdf } = await import("@signpdf/signpdf");
  const { P12Signer } = await import("@signpdf/signer-p12");
  const { plainAddPlaceholder } = await import("@signpdf/placeholder-plain");
  const data = fs.readFileSync(job.file), p12 = fs.readFileSync(`${job.keys}/${job.key}.p12`);
  return async () => {
    const pdfBuffer = plainAddPlaceholder({
      pdfBuffer: data, reason: "OK", contactInfo: "-", name: "-", location: "-", signatureLength: 8192,
    });
    await new SignPdf().sign(pdfBuffer, new P12Signer(p12, { passphrase: "bench" })); // one signer cannot sign twice
  };
}

const jobs = { libpdf, signpdf }, prepared = new Map();
for await (const line of readline.createInterface({ input: process.stdin })) {
  const { times, ...asked } = JSON.parse(line), key = JSON.stringify(asked);
  let told;
  try {
    if (!prepared.has(key)) prepared.set(key, await jobs[asked.do](asked));
    const act = prepared.get(key), before = process.cpuUsage();
    for (let i = 0; i < times; i++) await act();
    const used = process.cpuUsage(before);
    told = { cpu: (used.user + used.system) / 1e6 / times };
  } catch (error) {
    told = { error: `${error.name}: ${String(error.message).split("\n")[0].slice(0, 160)}` };
  }
  process.stdout.write(JSON.stringify(told) + "\n");
}
