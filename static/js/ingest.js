// Bringing pictures in: sends the chosen files one by one beside the form, then the form itself.
// An archive or list comes alone, and is checked first. Without this script the form carries the files (a
// hundred at most, without their folders).

import { number, t, tn } from "./i18n.js";

const form = document.querySelector("[data-ingest]");
const part = (name) => form.querySelector(`[data-${name}]`);
const words = part("words");
const bar = part("bar");
const submit = part("submit");
const source = form.elements.source;
const AT_ONCE = 3;
const TRIES = 3;

const check = part("check");
const staged = Number(form.dataset.staged); // sent with an earlier try of this form
const files = new Map(); // path -> {file, sent, state: waiting | sending | done | refused}
let active = 0;

// Hidden files and what file managers leave behind; the server leaves them out as well.
const isMeant = ([path]) =>
  !path.split("/").some((name) => name.startsWith(".") || /^(thumbs\.db|desktop\.ini|__macosx)$/i.test(name));
const isTable = (path) => !path.includes("/") && /\.(zip|tsv|csv|txt)$/i.test(path);
const kept = () => [...files.values()].filter((entry) => entry.state !== "refused");

// The archive or list that this upload is, or nothing.
function table() {
  const entries = kept();
  if (entries.length + staged !== 1) return "";
  return entries.length ? (isTable(entries[0].path) ? entries[0].path : "") : form.dataset.table || "";
}

// Takes what was chosen or dropped: pictures in any number, or one archive or list.
function choose(chosen) {
  const meant = chosen.filter(isMeant);
  const others = kept().length + staged + meant.length > 1;
  const present = table();
  for (const [path, file] of meant) {
    if (present && path !== present) {
      complain(t("{path} was not sent: {present} is sent already, and an archive or list is brought in alone.", { path, present }));
    } else if (others && path !== present && isTable(path) && !/\.txt$/i.test(path)) {
      complain(t("{path} was not sent: an archive or list is brought in alone, without other files beside it.", { path }));
    } else {
      files.set(path, { path, file, sent: 0, state: "waiting" });
    }
  }
  pump();
}

function complain(reason) {
  const line = document.createElement("li");
  line.textContent = reason;
  part("problems").append(line);
  part("progress").hidden = false;
}

function pump() {
  for (const entry of files.values()) {
    if (active >= AT_ONCE) break;
    if (entry.state === "waiting") {
      active += 1;
      entry.state = "sending";
      send(entry, 1);
    }
  }
  show();
}

function send(entry, attempt) {
  const request = new XMLHttpRequest(); // fetch cannot tell how much of an upload has gone
  request.open("PUT", `${form.dataset.uploadUrl}?path=${encodeURIComponent(entry.path)}`);
  request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
  request.setRequestHeader("Content-Type", "application/octet-stream");
  request.upload.addEventListener("progress", (event) => {
    entry.sent = event.loaded;
    show();
  });
  request.addEventListener("load", () => {
    if (request.status === 201) return settle(entry, "done");
    if (request.status === 400) return settle(entry, "refused", message(request));
    if (request.status === 403 || request.responseURL.includes("/sign-in/")) {
      return settle(entry, "refused", t("{path}: you are signed out. Sign in in another tab and send it again.", { path: entry.path }));
    }
    return again(entry, attempt, t("{path}: the server answered {status}.", { path: entry.path, status: String(request.status) }));
  });
  request.addEventListener("error", () => again(entry, attempt, t("{path}: the connection broke; choose it again.", { path: entry.path })));
  request.send(entry.file);
}

function message(request) {
  try {
    return JSON.parse(request.responseText).message;
  } catch {
    return t("The server answered {status}.", { status: String(request.status) });
  }
}

function again(entry, attempt, reason) {
  if (attempt >= TRIES) settle(entry, "refused", reason);
  else setTimeout(() => send(entry, attempt + 1), 800 * attempt);
}

function settle(entry, state, reason = "") {
  entry.state = state;
  entry.sent = state === "done" ? entry.file.size : 0;
  active -= 1;
  if (reason) complain(reason);
  pump();
}

const count = (state) => [...files.values()].filter((entry) => entry.state === state).length;
const megabytes = (bytes) =>
  bytes && bytes < 104858
    ? `${Math.ceil(bytes / 1024)} KB`
    : `${number(bytes / 1048576, { maximumFractionDigits: 1 })} MB`;

const filesSent = (n, total) => tn("{n} file is sent, {total}", "{n} files are sent, {total}", n, { total });

function show() {
  const entries = [...files.values()];
  if (entries.length) part("progress").hidden = false;
  const total = kept().reduce((sum, entry) => sum + entry.file.size, 0);
  const sent = entries.reduce((sum, entry) => sum + Math.min(entry.sent, entry.file.size), 0);
  const done = count("done");
  const refused = count("refused");
  const left = entries.length - done - refused;
  bar.hidden = !entries.length;
  bar.max = total || 1;
  bar.value = left ? sent : total || 1;
  const tail = refused ? ", " + t("{n} not taken", { n: refused }) : "";
  if (entries.length) {
    words.textContent = left
      ? t("Sending: {done} of {all} files, {sent} of {total}", { done, all: entries.length, sent: megabytes(sent), total: megabytes(total) }) + tail
      : `${filesSent(done, megabytes(total))}${tail}. ${t("Nothing is brought in before you say so.")}`;
  }
  say(left > 0, done + staged);
}

// The buttons and hints, for pictures or for an archive or list.
function say(sending, files) {
  const alone = table() !== "";
  submit.disabled = check.disabled = sending;
  submit.name = alone ? "do" : "";
  submit.value = alone ? "check" : "";
  const bring = files ? tn("Bring in {n} file", "Bring in {n} files", files) : t("Bring them in");
  submit.textContent = sending ? t("Sending …") : alone ? t("Check first") : bring;
  check.hidden = alone;
  part("table-note").hidden = !alone;
  source.options[0].textContent = alone ? t("As the rows say, or a new source …") : t("A new source …");
  form.elements.licence.options[0].textContent = alone ? t("As the rows say") : t("Choose …");
}

async function walk(entry, found, prefix = "") {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push([prefix + file.name, file]);
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    // A reader gives a hundred entries at a time, and none at the end.
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!batch.length) return;
    for (const child of batch) await walk(child, found, `${prefix}${entry.name}/`);
  }
}

function take(input) {
  const chosen = [...input.files].map((file) => [file.webkitRelativePath || file.name, file]);
  input.value = ""; // the form must not carry them a second time
  choose(chosen);
}

const drop = part("drop");
for (const kind of ["dragenter", "dragover"]) {
  drop.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
drop.addEventListener("dragleave", (event) => {
  if (!drop.contains(event.relatedTarget)) drop.classList.remove("over");
});
drop.addEventListener("drop", async (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  // The entries must be taken before the first pause: the list is emptied after the event.
  const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  const found = [];
  for (const entry of entries) await walk(entry, found);
  choose(found);
});
part("files").addEventListener("change", (event) => take(event.target));
part("folder").addEventListener("change", (event) => take(event.target));
for (const hidden of form.querySelectorAll("[data-needs-script], [data-folder]")) hidden.hidden = false;

const newSource = part("new-source");
const toggleSource = () => {
  newSource.hidden = source.value !== "";
};
source.addEventListener("change", toggleSource);
toggleSource();
show();

form.addEventListener("submit", (event) => {
  if (active) event.preventDefault();
  else addEventListener("pagehide", () => (submit.disabled = check.disabled = false), { once: true });
});
addEventListener("beforeunload", (event) => {
  if (active) event.preventDefault();
});
