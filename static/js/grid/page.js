// The grid: wires keys, pointer and server to the table and draws what changed.

import { Api, newId } from "../review/api.js";
import { showKeys } from "../review/dialogs.js";
import { showWaiting } from "../review/empty.js";
import { listen } from "../review/keys.js";
import { Outbox } from "../review/outbox.js";
import { Queue } from "../review/queue.js";
import { saved } from "../review/render.js";
import { nextSurround, restoreSurround } from "../review/surround.js";
import { t } from "../i18n.js";
import { Board } from "./board.js";
import { showEmpty } from "./empty.js";
import { Notes } from "./notes.js";
import { fullest, Picker, remember, rememberedSize } from "./picker.js";
import { point } from "./pointer.js";
import { LEFT, Table } from "./table.js";
import { Watch } from "./watch.js";
import * as words from "./words.js";
import { Zoom } from "./zoom.js";

const find = (name) => document.querySelector(`[data-${name}]`);
const setup = JSON.parse(document.getElementById("setup").textContent);
const classes = new Map(setup.classes.map((label) => [label.key, label]));
const root = find("grid");
const grid = find("table");
const parts = Object.fromEntries(["box", "empty", "note", "sentence", "rows", "strip", "said", "toast", "saved", "confirm", "confirm-rest", "size"].map((name) => [name, find(name)]));

// One page, one tab id: a page that is loaded again, or copied, claims anew.
const api = new Api({ ...setup, tab: newId() });
const outbox = new Outbox({ api, queue: await Queue.open(), reviewer: setup.reviewer });
const table = new Table({ api, outbox, setup, label: setup.label, size: rememberedSize(setup) });
const board = new Board({ grid, table, classes });
const zoom = new Zoom(parts.box, find("enlarged"), (item) => board.cells.words(item, table.marks.get(item.id) ?? null, table.label));
const picker = new Picker(find("class"), find("class-list"), classes, choose);
const notes = new Notes(parts);
const watch = new Watch();

const label = () => classes.get(table.label);
const say = (text) => notes.say(text);

// What is seen ------------------------------------------------------------------------------------

function draw() {
  const some = table.items.length > 0;
  zoom.hide();
  drawer(false);
  notes.loaded();
  delete root.dataset.shown;
  root.dataset.state = some ? "ready" : "empty";
  grid.hidden = !some;
  if (some) parts.empty.hidden = true;
  const here = document.activeElement === document.body || root.contains(document.activeElement);
  board.draw();
  tell();
  if (board.shownAt !== null) root.dataset.shown = "";
  if (!some) return waiting();
  if (here) board.focus();
  if (board.shownAt === null) notes.loading(t("Loading the pictures"));
}

// After a while, so that it does not flash up before the first pictures.
let explained = false; // the empty table has been explained by the server
function waiting() {
  explained = false;
  parts.empty.hidden = true;
  setTimeout(() => {
    if (table.items.length || explained) return;
    showWaiting(parts.empty, outbox);
  }, 600);
}

// The sentence, what Enter will do, and how much is left.
function tell() {
  picker.draw(table.label, table.counts);
  const some = table.items.length > 0 && label();
  parts.sentence.textContent = some ? words.sentence(table, label()) : "";
  parts.rows.textContent = some ? words.left(table) : "";
  parts.rows.href = label() ? `${setup.urls.candidates}?state=open&predicted=${label().slug}` : setup.urls.candidates;
  parts.rows.hidden = !parts.rows.textContent;
  if (some) grid.setAttribute("aria-label", `${parts.sentence.textContent}. ${parts.rows.textContent}`);
  const { first, rest } = some ? words.confirming(table, label()) : { first: t("Nothing to confirm"), rest: "" };
  parts.confirm.textContent = board.unseen ? t("Show the rest of the page") : first;
  parts["confirm-rest"].textContent = board.unseen ? "" : rest;
  document.querySelector('[data-do="confirm-page"]').disabled = !some;
}

function marks() {
  board.describe();
  tell();
  const shown = table.items.find((item) => item.id === zoom.shown);
  if (shown) zoom.describe(shown);
}

function strip() {
  words.strip(parts.strip, table, classes, setup.keys.undo[0] === "Backspace" ? "⌫" : setup.keys.undo[0]);
  for (const button of document.querySelectorAll('[data-do="undo"]')) button.disabled = !table.history.length;
}

// Said --------------------------------------------------------------------------------------------

function confirm() {
  if (!table.items.length) return false;
  if (board.shownAt === null) return say(t("The pictures are still loading."));
  if (board.unseen) return board.onward();
  const entry = table.confirm(watch.spent);
  const what = words.said(table.tally(entry.items, entry.marks), classes.get(entry.label));
  say(`${what}. ${words.following(table, label())}`);
}

function undo(entry) {
  const undone = table.undo(entry);
  if (undone) remember(table.label, table.size);
  say(undone ? `${t("Taken back.")} ${words.following(table, label())}` : t("There is nothing to take back."));
}

// Marked pictures lose the mark, unless none of them has it.
function toggle(items = board.selected) {
  if (!items.length) return say(t("Choose a picture with the arrows first."));
  const marked = items.some((item) => !table.marks.has(item.id));
  give(items, marked ? LEFT : null);
}

function give(items, what) {
  table.mark(items.map((item) => item.id), what);
  if (items.length > 1) return say(what && what !== LEFT ? t("{n} given {class}", { n: items.length, class: classes.get(what).name }) : what ? t("{n} left for the single view", { n: items.length }) : t("{n} marked again", { n: items.length }));
  say(board.cells.words(items[0], table.marks.get(items[0].id) ?? null, table.label));
}

// A letter: another class for what is chosen; where nothing is, another class on the table.
function letter(key) {
  if (picker.open || !board.selected.length) return picker.put(key);
  give(board.selected, key);
  drawer(false);
  if (zoom.how === "touch") zoom.hide();
}

function choose(key) {
  if (key !== table.label) {
    table.choose(key);
    say(t("{class} is put on the table.", { class: classes.get(key).name }));
  }
  remember(table.label, table.size);
  if (table.items.length) board.focus();
  else document.activeElement?.blur(); // what comes in has the focus
}

// Looked at ---------------------------------------------------------------------------------------

function move(direction, event) {
  board.cursor.move(direction, board.columns, board.drawn.length, event.shiftKey);
  seeCursor();
}

function seeCursor() {
  board.describe();
  board.focus();
  if (zoom.how === "mouse") zoom.hide();
  else if (zoom.shown !== null && board.current) zoom.show(board.cells.get(board.current), zoom.how);
}

function enlarge() {
  if (zoom.shown !== null) return zoom.hide();
  if (board.cursor.at === null && board.drawn.length) board.cursor.to(0);
  board.describe();
  board.focus();
  if (board.current) zoom.show(board.cells.get(board.current), "key");
}

function drawer(open = root.dataset.drawer !== "open") {
  root.dataset.drawer = open && board.selected.length ? "open" : "closed";
  find("drawer-button").setAttribute("aria-expanded", String(root.dataset.drawer === "open"));
}

function escape() {
  if (root.dataset.drawer === "open") return drawer(false);
  if (zoom.shown !== null) return zoom.hide();
  board.cursor.clear();
  board.describe();
  board.focus();
}

point(board, zoom, {
  toggle: (place) => {
    board.cursor.to(place);
    toggle([board.drawn[place]]);
    board.focus();
  },
  // As far as here everything is as the first one is: not confirmed, or only chosen.
  range: (place) => {
    const first = board.drawn[board.cursor.anchor ?? board.cursor.at ?? place];
    board.cursor.to(place, true);
    if (table.marks.has(first.id)) give(board.selected.filter((item) => !table.marks.has(item.id)).concat(first), table.marks.get(first.id));
    else board.describe();
    board.focus();
  },
  longPress: ({ place, cell }) => {
    board.cursor.to(place);
    board.describe();
    zoom.show(cell, "touch");
  },
});

// Commands ----------------------------------------------------------------------------------------

const commands = {
  "confirm-page": confirm,
  undo: () => undo(),
  mark: () => toggle(),
  enlarge,
  surround: () => say(nextSurround(parts.box)),
  help: showKeys,
  drawer: () => drawer(),
  escape,
};

listen(
  new Set(classes.keys()),
  ({ command, label: key }, event) => {
    table.alive();
    if (key) return letter(key);
    if (["left", "right", "up", "down"].includes(command)) return picker.open || !table.items.length ? false : move(command, event);
    return commands[command] ? commands[command]() : false;
  },
  setup.keys,
);

document.addEventListener("click", (event) => {
  table.alive();
  const button = event.target.closest("button");
  if (!button || button.closest("dialog")) return;
  if (button.dataset.class) letter(button.dataset.class);
  else if (button.dataset.page) undo(table.history.find((entry) => entry.page === button.dataset.page));
  else if (button.dataset.do) commands[button.dataset.do]();
  else return;
  // After the mouse the keys are at home again: Enter must not press the same button once more.
  if (event.detail > 0 && table.items.length && !document.querySelector("dialog[open]")) board.focus();
});

parts.size.addEventListener("change", () => {
  table.resize(Number(parts.size.value));
  remember(table.label, table.size);
  board.focus();
});

// Events ------------------------------------------------------------------------------------------

const status = () => saved(parts.saved, outbox, setup.urls.signIn);
table.addEventListener("table", draw);
table.addEventListener("ahead", () => board.prepare());
table.addEventListener("marks", marks);
table.addEventListener("counts", tell);
table.addEventListener("history", strip);
table.addEventListener("notice", (event) => notes.toast(event.detail));
table.addEventListener("empty", (event) => {
  explained = true;
  showEmpty(parts.empty, event.detail, table.label, classes, setup, choose);
});
board.addEventListener("painted", () => {
  watch.start();
  notes.loaded();
  root.dataset.shown = table.items[0].id;
  tell();
});
board.addEventListener("reach", tell);
board.addEventListener("unseen", (event) => {
  table.mark(event.detail, LEFT);
  notes.toast(t("Some thumbnails can't be loaded: those pictures are left for the single view."));
});
outbox.addEventListener("change", () => {
  status();
  strip();
  if (!table.items.length && !explained && !parts.empty.hidden) showWaiting(parts.empty, outbox);
});
addEventListener("online", () => outbox.retry());
addEventListener("offline", status);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  table.alive();
  outbox.retry().then(() => table.heartbeat());
});
addEventListener("pagehide", () => table.leave());
addEventListener("pageshow", (event) => event.persisted && table.restart());

restoreSurround(parts.box);
parts.size.value = String(table.size);
status();
strip();
tell();
waiting();
if (setup.notice) notes.toast(setup.notice);
grid.focus({ preventScroll: true });
await outbox.start();
const counted = table.recount();
if (!table.label) {
  await counted;
  table.label = fullest(table.counts, setup.classes);
}
remember(table.label, table.size);
await table.more();
