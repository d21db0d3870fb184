// The comments of one picture on the server.

import { t } from "../i18n.js";
import { Problem } from "./api.js";

const PATIENCE = 20000; // ms until a request without an answer counts as unreachable
let everybody = null; // the names are asked for once a page

export class CommentsApi {
  // urls: comments (with 0 in the picture's place), commentNames. me: the id of the person.
  constructor({ candidate, urls, csrfCookie, me }) {
    Object.assign(this, { csrfCookie, me });
    this.thread = urls.comments.replace("/0/", `/${candidate}/`);
    this.names = urls.commentNames;
  }

  list() {
    return this.ask(this.thread);
  }

  add(text) {
    return this.ask(this.thread, { method: "POST", body: JSON.stringify({ text, reviewer: this.me }) });
  }

  // Whom a comment may name; nobody while the server cannot be reached, and asked for again later.
  people() {
    everybody ??= this.ask(this.names).then(
      ({ names }) => names,
      () => ((everybody = null), []),
    );
    return everybody;
  }

  async ask(url, options = {}) {
    let response;
    try {
      response = await fetch(url, { headers: this.headers(), credentials: "same-origin", redirect: "manual", signal: AbortSignal.timeout(PATIENCE), ...options });
    } catch {
      throw new Problem("offline", t("The server cannot be reached."));
    }
    if (response.type === "opaqueredirect") throw new Problem("signed-out", t("Signed out."));
    const data = await response.json().catch(() => null);
    if (response.ok && data) return data;
    const said = Object.values(data?.extra?.fields ?? {}).flat().join(" ") || (data?.message ?? "");
    if ([401, 403].includes(response.status) && data?.extra?.reason !== "role") throw new Problem("signed-out", t("Signed out."));
    throw new Problem("invalid", said || t("The server answers {status}.", { status: String(response.status) }));
  }

  headers() {
    // The cookie is read each time: signing in again, in this tab or another, changes it.
    const cookie = document.cookie.split("; ").find((part) => part.startsWith(`${this.csrfCookie}=`));
    return { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": cookie ? cookie.slice(this.csrfCookie.length + 1) : "" };
  }
}
