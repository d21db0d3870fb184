// The regions of one sheet on the server.

import { t } from "../i18n.js";
import { Problem } from "./api.js";

const PATIENCE = 20000; // ms until a request without an answer counts as unreachable

export class RegionsApi {
  // urls: regions (with 0 in the picture's place), region (with 0 in the region's).
  constructor({ urls, csrfCookie }) {
    Object.assign(this, { urls, csrfCookie });
  }

  async list(candidate) {
    return (await this.ask(this.urls.regions.replace("/0/", `/${candidate}/`))).regions;
  }

  add(candidate, region) {
    return this.ask(this.urls.regions.replace("/0/", `/${candidate}/`), { method: "POST", body: JSON.stringify(region) });
  }

  remove(id) {
    return this.ask(this.urls.region.replace("/0/", `/${id}/`), { method: "DELETE" });
  }

  async ask(url, options = {}) {
    // The cookie is read each time: signing in again, in this tab or another, changes it.
    const cookie = document.cookie.split("; ").find((part) => part.startsWith(`${this.csrfCookie}=`));
    const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": cookie ? cookie.slice(this.csrfCookie.length + 1) : "" };
    let response;
    try {
      response = await fetch(url, { headers, credentials: "same-origin", redirect: "manual", signal: AbortSignal.timeout(PATIENCE), ...options });
    } catch {
      throw new Problem("offline", t("The server cannot be reached."));
    }
    if (response.type === "opaqueredirect") throw new Problem("signed-out", t("Signed out."));
    if (response.status === 204) return null;
    const data = await response.json().catch(() => null);
    if (response.ok && data) return data;
    throw new Problem(response.status >= 500 ? "server" : "invalid", data?.message || t("The server answers {status}.", { status: String(response.status) }));
  }
}
