// Requests to the server, and what can go wrong with them in words the page can act on.

import { t } from "../i18n.js";

const PATIENCE = 20000; // ms until a request without an answer counts as unreachable
// What the server itself says is down behind it.
const DOWN = { "urn:vasculum:problem:database": "database", "urn:vasculum:problem:disk": "disk" };

export class Problem extends Error {
  // kind: offline | signed-out | other-reviewer | forbidden | server | database | disk | invalid
  constructor(kind, message) {
    super(message);
    this.kind = kind;
  }
}

// crypto.randomUUID exists on https and localhost only; a server in the local network may have neither.
export function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

export class Api {
  constructor({ urls, reviewer, csrfCookie, tab }) {
    Object.assign(this, { urls, reviewer, csrfCookie, tab });
  }

  // wish: what else the claim asks for, such as the view and the class of the grid.
  claims(holding, count, wish = {}) {
    return this.post(this.urls.claims, { holding, count, ...wish });
  }

  // Give back what a tab holds, of this page or one that it had before.
  free(tab = this.tab) {
    return this.send(this.urls.free, { tab }, { keepalive: true });
  }

  // classes: the version of the classes on the page; of another one the answer has the rows.
  heartbeat(holding, classes) {
    return this.post(this.urls.heartbeat, { holding, classes });
  }

  order(order) {
    return this.post(this.urls.order, { order });
  }

  votes(votes) {
    return this.post(this.urls.votes, { votes });
  }

  // On leaving the page: the browser finishes these without it. Votes first, so that what was judged
  // is not handed to somebody else.
  leave(votes) {
    if (votes.length) this.send(this.urls.votes, { votes: votes.slice(0, 100) }, { keepalive: true }).catch(() => {});
    this.free().catch(() => {});
  }

  send(url, body, options = {}) {
    // The cookie is read each time: signing in again, in this tab or another, changes it.
    const cookie = document.cookie.split("; ").find((part) => part.startsWith(`${this.csrfCookie}=`));
    return fetch(url, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        "X-CSRFToken": cookie ? cookie.slice(this.csrfCookie.length + 1) : "",
      },
      body: JSON.stringify({ tab: this.tab, reviewer: this.reviewer, ...body }),
      credentials: "same-origin",
      redirect: "manual",
      ...options,
    });
  }

  post(url, body) {
    return this.answer(this.send(url, body, { signal: AbortSignal.timeout(PATIENCE) }));
  }

  // Only asks, so it needs no token against forgery.
  get(url, query = {}) {
    const options = { headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "manual" };
    return this.answer(fetch(`${url}?${new URLSearchParams(query)}`, { ...options, signal: AbortSignal.timeout(PATIENCE) }));
  }

  async answer(request) {
    let response;
    try {
      response = await request;
    } catch {
      throw new Problem("offline", t("The server cannot be reached."));
    }
    if (response.type === "opaqueredirect") throw new Problem("signed-out", t("Signed out."));
    let data = {};
    try {
      data = await response.json();
    } catch {
      // A page of a proxy, or an answer that was cut off: judged by its status below.
      if (response.ok) throw new Problem("server", t("The server's answer was cut off."));
    }
    if (response.ok) return data;
    const message = data.message ?? "";
    if (response.status === 409 && data.extra?.reason === "other_reviewer") throw new Problem("other-reviewer", message);
    if (response.status === 403) throw new Problem(data.extra?.reason === "role" ? "forbidden" : "signed-out", message);
    if (response.status === 401) throw new Problem("signed-out", message);
    const down = DOWN[data.type];
    if (down) throw new Problem(down, message);
    if (response.status >= 500 || response.status === 429) throw new Problem("server", t("The server answers {status}.", { status: String(response.status) }));
    throw new Problem("invalid", message || t("The server answers {status}.", { status: String(response.status) }));
  }
}
