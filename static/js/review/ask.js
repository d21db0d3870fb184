// One request as JSON with the token against forgery; what went wrong comes as a Problem.

import { t } from "../i18n.js";
import { Problem } from "./api.js";

const PATIENCE = 20000; // ms until a request without an answer counts as unreachable

// Answers the JSON, or null where there is none to be had (204).
export async function ask(url, csrfCookie, options = {}) {
  // The cookie is read each time: signing in again, in this tab or another, changes it.
  const cookie = document.cookie.split("; ").find((part) => part.startsWith(`${csrfCookie}=`));
  const headers = { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": cookie ? cookie.slice(csrfCookie.length + 1) : "" };
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
  const said = Object.values(data?.extra?.fields ?? {}).flat().join(" ") || (data?.message ?? "");
  if ([401, 403].includes(response.status) && data?.extra?.reason !== "role") throw new Problem("signed-out", t("Signed out."));
  throw new Problem("invalid", said || t("The server answers {status}.", { status: String(response.status) }));
}
