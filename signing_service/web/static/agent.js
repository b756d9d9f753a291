// The agent on this computer, for keys in a USB token. The page never sees the PIN: the agent asks for it itself.

export class AgentError extends Error {
  /** ``problem``: the problem document of the agent, or null when nobody answered. */
  constructor(problem) {
    super(problem?.code ?? "AGENT_SILENT");
    this.problem = problem;
  }
}

export class Agent {
  constructor(port) {
    this.address = `http://127.0.0.1:${port}`;
  }

  /** Certs on the tokens that are plugged in: ``[{id, label, subject, chain}]``, DER in base64. */
  async certs() {
    return (await this.#ask("/certs")).certs;
  }

  /** The signature over ``to_be_signed``, once the person has agreed in the agent's own window. */
  async sign(cert, prepared) {
    const body = { cert: cert.id, ticket: prepared.signed_ticket, to_be_signed: prepared.to_be_signed };
    return (await this.#ask("/sign", body)).signature;
  }

  async #ask(path, body) {
    const options = { mode: "cors", credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer", ...localNetwork() };
    if (body) {
      Object.assign(options, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    } else {
      options.headers = { "X-Agent": "1" };
    }
    let answer;
    try {
      answer = await fetch(this.address + path, options);
    } catch {
      throw new AgentError(null);
    }
    const told = await answer.json().catch(() => null);
    if (!answer.ok) throw new AgentError(told);
    return told;
  }
}

// Browsers that ask before a site may reach this computer want to be told that this is meant; others reject the word.
function localNetwork() {
  for (const targetAddressSpace of ["loopback", "local"]) {
    try {
      new Request("http://127.0.0.1/", { targetAddressSpace });
      return { targetAddressSpace };
    } catch {
      // an older browser: it does not know the word
    }
  }
  return {};
}
