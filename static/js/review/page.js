// The review page: wires keys, pointer and server to what they act on.

import { Api, newId } from "./api.js";
import { Classes } from "./classes.js";
import { openComments } from "./comments.js";
import { Compare } from "./compare.js";
import { showKeys } from "./dialogs.js";
import { Judging } from "./judging.js";
import { drawKeyboard } from "./keyboard.js";
import { listen } from "./keys.js";
import { Looks } from "./looks.js";
import { chooseOrder } from "./orders.js";
import { Outbox } from "./outbox.js";
import { Pictures } from "./pictures.js";
import { Queue } from "./queue.js";
import { Regions } from "./regions.js";
import { RegionsApi } from "./regions_api.js";
import * as render from "./render.js";
import { Screen } from "./screen.js";
import { Session } from "./session.js";
import { nextSurround, restoreSurround } from "./surround.js";
import { SwipeHint } from "./swipe.js";
import { Viewer } from "./viewer.js";
import { t } from "../i18n.js";

const PAN = 80;
const TOAST = 7000;
const setup = JSON.parse(document.getElementById("setup").textContent);
const find = (name) => document.querySelector(`[data-${name}]`);
const root = find("review");
const parts = Object.fromEntries(
  ["stage", "note", "empty", "caption", "past", "next", "suggestions", "classes", "definition", "said", "toast", "saved", "progress"].map((name) => [name, find(name)]),
);

// One page, one tab id: a page that is loaded again, or copied, claims anew.
const api = new Api({ ...setup, tab: newId() });
const outbox = new Outbox({ api, queue: await Queue.open(), reviewer: setup.reviewer });
const classes = new Classes(setup.classes);
const session = new Session({ api, outbox, setup, classes });
const pictures = new Pictures();
const looks = new Looks({ api, url: setup.urls.classPictures });
const swipe = new SwipeHint(find("swipe"), { confirm: () => judging.confirm(), skip: () => judging.skip() });
const viewer = new Viewer(parts.stage, {
  onSwipe: (dx, ended) => swipe.move(dx, ended, judging.best?.name ?? null),
  onZoom: (words) => (find("zoom").textContent = words),
});
const screen = new Screen({ parts, root, viewer, pictures, session, outbox, classes, looks, setup });
const compare = new Compare({ box: root, screen, session, pictures, looks, classes, toast });
const regions = setup.urls.regions
  ? new Regions({ api: new RegionsApi(setup), root, bar: find("regions"), viewer, classes, screen, say, toast, keys: () => regionKeys })
  : null;
let regionKeys = setup.keys.region ?? [];
const looking = () => (compare.open ? compare : screen);
const judging = new Judging({ session, classes, looking, say, toast, after: () => toggleDrawer(false) });

function say(words) {
  parts.said.textContent = words;
}

function toast(words) {
  parts.toast.textContent = words;
  parts.toast.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => (parts.toast.hidden = true), TOAST);
}

// Commands ----------------------------------------------------------------------------------------

function toggleDrawer(open = root.dataset.drawer !== "open") {
  root.dataset.drawer = open ? "open" : "closed";
  document.querySelector('[data-do="drawer"]').setAttribute("aria-expanded", String(open));
}

function original() {
  if (looking().shownAt === null) return;
  const found = (compare.open ? compare : viewer).pixels();
  if (found === "whole") toast(t("The whole picture is on the screen in all its pixels."));
  else if (found === "copy") toast(t("Browsers can't draw the original: this is the copy for review, enlarged."));
}

async function remark() {
  const item = looking().item ?? session.current;
  if (!item) return;
  const count = await openComments({ candidate: item.id, title: item.title, urls: setup.urls, csrfCookie: setup.csrfCookie, me: setup.reviewer });
  looking().home();
  if (count === null) return;
  item.comments = count;
  if (screen.about?.id === item.id) render.caption(parts.caption, Object.assign(screen.about, { comments: count }));
}

function surround() {
  say(nextSurround(parts.stage));
  if (compare.open) compare.tone();
}

const seen = () => (compare.open ? compare.viewer : viewer);
// Arrows move what is zoomed; of pictures side by side they choose one.
const arrow = (dx, dy) => {
  if (seen().zoomed) return seen().panBy(dx * PAN, dy * PAN), true;
  return compare.open ? (compare.step(-(dx + dy)), true) : false;
};
const commands = {
  confirm: () => judging.confirm(),
  skip: () => judging.skip(),
  flag: () => judging.flag(),
  undo: () => judging.undo(),
  ask: () => void remark(),
  compare: () => (regions?.toggle(false), void compare.start()),
  region: () => (regions && !compare.open ? regions.toggle() : false),
  link: () => compare.link(),
  order: () => chooseOrder({ session, say, toast }),
  "zoom-toggle": () => seen().toggle(),
  "zoom-in": () => seen().zoomBy(1),
  "zoom-out": () => seen().zoomBy(-1),
  "zoom-fit": () => seen().zoomTo(1),
  original,
  surround,
  help: showKeys,
  drawer: () => toggleDrawer(),
  left: () => arrow(1, 0),
  right: () => arrow(-1, 0),
  up: () => arrow(0, 1),
  down: () => arrow(0, -1),
  escape: () => (compare.open ? compare.close() : (toggleDrawer(false), viewer.zoomTo(1))),
};

const relearn = listen(
  classes,
  ({ command, label, suggestion }) => {
    session.alive();
    if (label) return judging.choose(label);
    if (command) return commands[command] ? commands[command]() : false;
    return judging.suggestion(suggestion);
  },
  setup.keys,
);

document.addEventListener("click", (event) => {
  session.alive();
  const button = event.target.closest("button");
  if (!button || button.closest("dialog")) return;
  button.closest("[popover]")?.hidePopover();
  if (button.dataset.class) judging.choose(button.dataset.class);
  else if (button.dataset.vote) judging.undo(session.history.find((entry) => entry.vote.id === button.dataset.vote));
  else if (button.dataset.do) commands[button.dataset.do]();
  else return;
  // After the mouse the keys are at home again: Enter must not press the same button once more.
  if (event.detail > 0 && !document.querySelector("dialog[open]")) looking().home();
});

for (const [type, on] of [["pointerover", true], ["focusin", true], ["pointerout", false], ["focusout", false]]) {
  document.querySelector(".side").addEventListener(type, (event) => {
    const key = event.target.closest("[data-class]")?.dataset.class;
    if (!key || (type.startsWith("pointer") && event.pointerType === "touch")) return;
    screen.focus = on ? key : null;
    screen.describe();
  });
}

// Events ------------------------------------------------------------------------------------------

session.addEventListener("current", () => (compare.open ? undefined : screen.show()));
session.addEventListener("lists", () => {
  compare.refresh();
  screen.lists(!compare.open);
  screen.describe();
});
session.addEventListener("notice", (event) => toast(event.detail));
session.addEventListener("gold", ({ detail: { right, label, why } }) => {
  const name = classes.get(label)?.name ?? label;
  toast([right ? t("Right: {class}.", { class: name }) : t("This one is known to be {class}.", { class: name }), why].filter(Boolean).join(" "));
});
session.addEventListener("queue", (event) => screen.explain(event.detail));
session.addEventListener("classes", ({ detail }) => {
  relearn(detail.keys);
  regionKeys = detail.keys.region ?? [];
  drawKeyboard(detail);
  classes.draw(parts.classes);
  classes.meanings(find("meanings"));
  screen.tell(screen.about);
});
outbox.addEventListener("change", () => (screen.status(), screen.lists()));
addEventListener("online", () => outbox.retry());
addEventListener("offline", () => screen.status());
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  session.alive();
  outbox.retry().then(() => session.heartbeat());
});
addEventListener("pagehide", () => api.leave(outbox.pending));
addEventListener("pageshow", (event) => event.persisted && session.restart());

restoreSurround(parts.stage);
screen.status();
screen.lists();
screen.describe();
screen.home();
screen.waiting();
await outbox.start();
await session.more();
