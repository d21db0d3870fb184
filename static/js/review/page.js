// The review page: wires keys, pointer and server to the session and draws what changed.

import { Api, newId } from "./api.js";
import { askForReason, showKeys } from "./dialogs.js";
import { showEmpty, showWaiting } from "./empty.js";
import { listen } from "./keys.js";
import { Outbox } from "./outbox.js";
import { Pictures } from "./pictures.js";
import { Queue } from "./queue.js";
import * as render from "./render.js";
import { Session } from "./session.js";
import { nextSurround, restoreSurround } from "./surround.js";
import { SwipeHint } from "./swipe.js";
import { Viewer } from "./viewer.js";
import { t } from "../i18n.js";

const PAN = 80;
const TOAST = 7000;
const setup = JSON.parse(document.getElementById("setup").textContent);
const classes = new Map(setup.classes.map((label) => [label.key, label]));
const find = (name) => document.querySelector(`[data-${name}]`);
const root = find("review");
const parts = Object.fromEntries(
  ["stage", "note", "empty", "caption", "past", "next", "suggestions", "classes", "definition", "said", "toast", "saved", "progress", "drawer"].map((name) => [name, find(name)]),
);
const classButtons = [...parts.classes.querySelectorAll("[data-class]")];

// One page, one tab id: a page that is loaded again, or copied, claims anew.
const api = new Api({ ...setup, tab: newId() });
const outbox = new Outbox({ api, queue: await Queue.open(), reviewer: setup.reviewer });
const session = new Session({ api, outbox, setup });
const pictures = new Pictures();
const swipe = new SwipeHint(find("swipe"), { confirm, skip: () => skip() });
const viewer = new Viewer(parts.stage, {
  onSwipe: (dx, ended) => swipe.move(dx, ended, best()?.name ?? null),
  onZoom: (words) => (find("zoom").textContent = words),
});
let shownAt = null; // when the picture on the screen was painted; null while it loads
let focus = null; // the class under the pointer or the keyboard focus

const best = () => session.current?.prediction?.best?.[0] ?? null;
const seen = () => session.current && shownAt !== null;
const say = (words) => (parts.said.textContent = words);

function toast(words) {
  parts.toast.textContent = words;
  parts.toast.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => (parts.toast.hidden = true), TOAST);
}

// Pictures ----------------------------------------------------------------------------------------

function paint(entry) {
  parts.note.hidden = true;
  viewer.show(entry.image, entry.item);
  requestAnimationFrame(() => {
    if (session.current?.id !== entry.item.id) return;
    shownAt = performance.now();
    root.dataset.shown = entry.item.id;
  });
}

function showCurrent() {
  const item = session.current;
  shownAt = null;
  focus = null;
  delete root.dataset.shown;
  root.dataset.state = item ? "ready" : "empty";
  if (item) parts.empty.hidden = true;
  pictures.keep(session.ring, session.history.slice(-1).map((entry) => entry.item));
  render.suggestions(parts.suggestions, item, classes, setup.can);
  render.caption(parts.caption, item);
  describe();
  if (!item) {
    viewer.clear();
    return waiting();
  }
  const entry = pictures.get(item);
  if (entry.state === "ready") return paint(entry);
  viewer.clear();
  const slow = setTimeout(() => note(t("Loading the picture")), 200);
  entry.ready.then((good) => {
    clearTimeout(slow);
    if (session.current !== item) return;
    if (good) paint(entry);
    else note(t("The picture cannot be loaded."), t("Try again"), showCurrent);
  });
}

// After a while, so that it does not flash up before the first pictures.
let explained = false; // the empty queue has been explained by the server
function waiting() {
  explained = false;
  setTimeout(() => {
    if (session.current || explained) return;
    root.dataset.state = "empty";
    showWaiting(parts.empty, outbox);
  }, 600);
}

function note(words, button = null, act = null) {
  parts.note.replaceChildren(words);
  if (button) parts.note.append(" ", render.element("button", { type: "button", className: "button", onclick: act }, button));
  parts.note.hidden = false;
}

function describe() {
  const label = classes.get(focus ?? best()?.key ?? setup.classes[0]?.key);
  const words = render.fill(label, session.decided, setup.project.target);
  render.definition(parts.definition, label, session.decided, setup.project.target);
  const bar = parts.progress.querySelector("progress");
  bar.value = setup.project.target ? Math.min(1, (session.decided[label?.key] ?? 0) / setup.project.target) : 0;
  bar.style.setProperty("--c", label?.colour ?? "");
  parts.progress.querySelector("[data-progress-words]").textContent = words;
}

function lists() {
  const unsent = new Set(outbox.pending.map((vote) => vote.id));
  render.past(parts.past, session.history, classes, (id) => unsent.has(id));
  render.next(parts.next, session.ring);
  render.fills(classButtons, session.decided, setup.project.target);
  document.querySelector('[data-commands] [data-do="undo"]').disabled = !session.history.length;
}

// Judging -----------------------------------------------------------------------------------------

function choose(key) {
  if (!session.current) return;
  if (!seen()) return say(t("The picture is still loading."));
  closeDrawer();
  session.judge({ kind: "label", label: key, shownAt });
  say(`${classes.get(key).name}. ${following()}`);
}

function confirm() {
  if (best()) choose(best().key);
  else if (session.current) toast(t("There is no suggestion to confirm: choose a class by its letter."));
}

function skip() {
  if (!session.current) return;
  session.judge({ kind: "skip", shownAt });
  say(`${t("Skipped.")} ${following()}`);
}

async function flag() {
  const item = session.current;
  if (!item) return;
  const { reason, flag } = await askForReason();
  parts.stage.focus({ preventScroll: true });
  if (!reason || session.current !== item) return;
  session.judge({ kind: "flag", reason, flag, shownAt });
  say(`${t("Flagged.")} ${following()}`);
}

function undo(entry) {
  const undone = session.undo(entry);
  say(undone ? t("Taken back: {title} is on the screen again.", { title: undone.item.title }) : t("There is nothing to take back."));
}

function following() {
  if (!session.current) return t("No more pictures at the moment.");
  const guess = best();
  return guess
    ? t("Next: {title}, suggested {class}, {share} percent.", { title: session.current.title, class: guess.name, share: Math.round(guess.p * 100) })
    : t("Next: {title}.", { title: session.current.title });
}

// Commands ----------------------------------------------------------------------------------------

const closeDrawer = () => toggleDrawer(false);
function toggleDrawer(open = root.dataset.drawer !== "open") {
  root.dataset.drawer = open ? "open" : "closed";
  document.querySelector('[data-do="drawer"]').setAttribute("aria-expanded", String(open));
}

function original() {
  if (!seen()) return;
  const found = viewer.pixels();
  if (found === "whole") toast(t("The whole picture is on the screen in all its pixels."));
  else if (found === "copy") toast(t("Browsers can't draw the original: this is the copy for review, enlarged."));
}

const pan = (dx, dy) => viewer.zoomed && (viewer.panBy(dx, dy), true);
const commands = {
  confirm,
  skip,
  flag,
  undo: () => undo(),
  "zoom-toggle": () => viewer.toggle(),
  "zoom-in": () => viewer.zoomBy(1),
  "zoom-out": () => viewer.zoomBy(-1),
  "zoom-fit": () => viewer.zoomTo(1),
  original,
  surround: () => say(nextSurround(parts.stage)),
  help: showKeys,
  drawer: () => toggleDrawer(),
  left: () => pan(PAN, 0),
  right: () => pan(-PAN, 0),
  up: () => pan(0, PAN),
  down: () => pan(0, -PAN),
  escape: () => (closeDrawer(), viewer.zoomTo(1)),
};

const act = ({ command, label, suggestion }) => {
  session.alive();
  if (label) return choose(label);
  if (command) return commands[command] ? commands[command]() : false;
  const guess = session.current?.prediction?.best?.[suggestion];
  return guess ? choose(guess.key) : false;
};
listen(new Set(classes.keys()), act, setup.keys);

document.addEventListener("click", (event) => {
  session.alive();
  const button = event.target.closest("button");
  if (!button || button.closest("dialog")) return;
  if (button.dataset.class) choose(button.dataset.class);
  else if (button.dataset.vote) undo(session.history.find((entry) => entry.vote.id === button.dataset.vote));
  else if (button.dataset.do) commands[button.dataset.do]();
  else return;
  // After the mouse the keys are at home again: Enter must not press the same button once more.
  if (event.detail > 0 && !document.querySelector("dialog[open]")) parts.stage.focus({ preventScroll: true });
});

for (const [type, on] of [["pointerover", true], ["focusin", true], ["pointerout", false], ["focusout", false]]) {
  document.querySelector(".side").addEventListener(type, (event) => {
    const key = event.target.closest("[data-class]")?.dataset.class;
    if (!key || (type.startsWith("pointer") && event.pointerType === "touch")) return;
    focus = on ? key : null;
    describe();
  });
}

// Events ------------------------------------------------------------------------------------------

const status = () => render.saved(parts.saved, outbox, setup.urls.signIn);
session.addEventListener("current", showCurrent);
session.addEventListener("lists", () => (lists(), describe()));
session.addEventListener("notice", (event) => toast(event.detail));
session.addEventListener("gold", ({ detail: { right, label, why } }) => {
  const name = classes.get(label)?.name ?? label;
  toast([right ? t("Right: {class}.", { class: name }) : t("This one is known to be {class}.", { class: name }), why].filter(Boolean).join(" "));
});
session.addEventListener("queue", (event) => {
  explained = true;
  root.dataset.state = "empty";
  showEmpty(parts.empty, event.detail, setup);
});
outbox.addEventListener("change", () => {
  status();
  lists();
  if (root.dataset.state === "empty" && !explained && !parts.empty.hidden) showWaiting(parts.empty, outbox);
});
addEventListener("online", () => outbox.retry());
addEventListener("offline", status);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  session.alive();
  outbox.retry().then(() => session.heartbeat());
});
addEventListener("pagehide", () => api.leave(outbox.pending));
addEventListener("pageshow", (event) => event.persisted && session.restart());

restoreSurround(parts.stage);
status();
lists();
describe();
parts.stage.focus({ preventScroll: true });
waiting();
await outbox.start();
await session.more();
