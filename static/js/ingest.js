// Bringing pictures in: sends the chosen files one by one beside the form, then the form itself.
// Without this script the form carries the files (a hundred at most, without their folders).

const form = document.querySelector("[data-ingest]");
const part = (name) => form.querySelector(`[data-${name}]`);
const words = part("words");
const bar = part("bar");
const submit = part("submit");
const AT_ONCE = 3;
const TRIES = 3;

const files = new Map(); // path -> {file, sent, state: waiting | sending | done | refused}
let active = 0;

function add(path, file) {
  // Hidden files and what file managers leave behind; the server leaves them out as well.
  if (path.split("/").some((name) => name.startsWith(".") || /^(thumbs\.db|desktop\.ini|__macosx)$/i.test(name))) return;
  files.set(path, { path, file, sent: 0, state: "waiting" });
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
      return settle(entry, "refused", `${entry.path}: you are signed out. Sign in in another tab and send it again.`);
    }
    return again(entry, attempt, `${entry.path}: the server answered ${request.status}.`);
  });
  request.addEventListener("error", () => again(entry, attempt, `${entry.path}: the connection broke; choose it again.`));
  request.send(entry.file);
}

function message(request) {
  try {
    return JSON.parse(request.responseText).message;
  } catch {
    return `The server answered ${request.status}.`;
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
  if (reason) {
    const line = document.createElement("li");
    line.textContent = reason;
    part("problems").append(line);
  }
  pump();
}

const count = (state) => [...files.values()].filter((entry) => entry.state === state).length;
const megabytes = (bytes) => `${(bytes / 1048576).toLocaleString("en-GB", { maximumFractionDigits: 1 })} MB`;

function show() {
  const entries = [...files.values()];
  part("progress").hidden = !entries.length;
  const total = entries.reduce((sum, entry) => sum + (entry.state === "refused" ? 0 : entry.file.size), 0);
  const sent = entries.reduce((sum, entry) => sum + Math.min(entry.sent, entry.file.size), 0);
  const done = count("done");
  const refused = count("refused");
  const left = entries.length - done - refused;
  bar.max = total || 1;
  bar.value = left ? sent : total || 1;
  const tail = refused ? `, ${refused} not taken` : "";
  words.textContent = left
    ? `Sending: ${done} of ${entries.length} files, ${megabytes(sent)} of ${megabytes(total)}${tail}`
    : `${done} ${done === 1 ? "file is" : "files are"} sent, ${megabytes(total)}${tail}. Nothing is brought in before you say so.`;
  submit.disabled = left > 0;
  submit.textContent = left ? "Sending …" : done ? `Bring in ${done} ${done === 1 ? "file" : "files"}` : "Bring them in";
}

async function walk(entry, prefix = "") {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    add(prefix + file.name, file);
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    // A reader gives a hundred entries at a time, and none at the end.
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (!batch.length) return;
    for (const child of batch) await walk(child, `${prefix}${entry.name}/`);
  }
}

function take(input) {
  for (const file of input.files) add(file.webkitRelativePath || file.name, file);
  input.value = ""; // the form must not carry them a second time
  pump();
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
  for (const entry of entries) await walk(entry);
  pump();
});
part("files").addEventListener("change", (event) => take(event.target));
part("folder").addEventListener("change", (event) => take(event.target));
for (const hidden of form.querySelectorAll("[data-needs-script], [data-folder]")) hidden.hidden = false;

const source = form.elements.source;
const newSource = part("new-source");
const toggleSource = () => {
  newSource.hidden = source.value !== "";
};
source.addEventListener("change", toggleSource);
toggleSource();

form.addEventListener("submit", (event) => {
  if (active) event.preventDefault();
  else addEventListener("pagehide", () => (submit.disabled = false), { once: true });
});
addEventListener("beforeunload", (event) => {
  if (active) event.preventDefault();
});
