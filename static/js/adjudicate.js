// The page of whoever settles pictures: a letter settles the one on the screen, and the next one comes.

import { t } from "./i18n.js";
import { openComments } from "./review/comments.js";
import { listen } from "./review/keys.js";
import { nextSurround, restoreSurround } from "./review/surround.js";
import { Viewer } from "./review/viewer.js";

const SHOWN_BY_BROWSERS = new Set(["jpg", "jpeg", "png", "webp", "gif"]);
const PAN = 80;
const TOAST = 7000;
const page = document.querySelector("[data-adjudicate]");
const find = (name) => document.querySelector(`[data-${name}]`);

// One act a page: what follows it is on its way.
let busy = false;
function press(button) {
  if (!button || busy) return;
  button.click();
}
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (busy) event.preventDefault();
    busy = true;
    page?.setAttribute("aria-busy", "true");
  });
}
// Brought back by the browser from before the act: the picture is another by now.
addEventListener("pageshow", (event) => event.persisted && busy && location.reload());

find("filters")?.addEventListener("change", (event) => event.currentTarget.requestSubmit());

function toast(words) {
  const box = find("toast");
  box.textContent = words;
  box.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => (box.hidden = true), TOAST);
}

async function start() {
  const setup = JSON.parse(document.getElementById("setup").textContent);
  const stage = find("stage");
  const { review, original, width, height, shown } = stage.dataset;
  const viewer = new Viewer(stage, { onZoom: (words) => (find("zoom").textContent = words) });
  const buttons = new Map([...document.querySelectorAll("button[name=label]")].map((button) => [button.value, button]));
  const home = () => stage.focus({ preventScroll: true });
  const follow = (link) => (link && !busy ? (link.click(), true) : false);
  const [previous, next] = ["prev", "next"].map((rel) => page.querySelector(`a[rel=${rel}]`));

  function write(field) {
    const details = field.closest("details");
    if (details) details.open = true;
    field.focus();
    field.scrollIntoView({ block: "nearest" });
  }

  async function remark() {
    const title = stage.getAttribute("aria-label");
    const { urls, csrfCookie, me } = setup;
    await openComments({ candidate: Number(page.dataset.picture), title, urls, csrfCookie, me });
    await renewComments();
    home();
  }

  function pixels() {
    const found = viewer.pixels();
    if (found === "whole") toast(t("The whole picture is on the screen in all its pixels."));
    else if (found === "copy") toast(t("Browsers can't draw the original: this is the copy for review, enlarged."));
  }

  const move = (dx, dy, link) => (viewer.zoomed ? (viewer.panBy(dx, dy), true) : follow(link));
  const commands = {
    left: () => move(PAN, 0, previous),
    right: () => move(-PAN, 0, next),
    up: () => move(0, PAN, null),
    down: () => move(0, -PAN, null),
    following: () => follow(next),
    later: () => follow(next),
    reason: () => write(document.getElementById("reason")),
    question: () => write(document.getElementById("question")),
    remark: () => void remark(),
    "take-back": () => press(find("take-back")),
    "zoom-toggle": () => viewer.toggle(),
    "zoom-in": () => viewer.zoomBy(1),
    "zoom-out": () => viewer.zoomBy(-1),
    "zoom-fit": () => viewer.zoomTo(1),
    original: pixels,
    surround: () => (find("said").textContent = nextSurround(stage)),
    help: () => find("help").showModal(),
    escape: () => viewer.zoomTo(1),
  };
  listen(new Set(buttons.keys()), ({ command, label }) => (label ? press(buttons.get(label)) : (commands[command]?.() ?? true)), setup.keys);

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-do]");
    if (button) commands[button.dataset.do]();
  });
  // In a field, Enter (of the reason) and Escape lead back to the letters.
  for (const field of document.querySelectorAll("#reason, #question")) {
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" && (event.key !== "Enter" || field.id !== "reason" || event.isComposing)) return;
      event.preventDefault();
      home();
    });
  }
  for (const button of document.querySelectorAll("[data-do=remark]")) button.hidden = false;
  page.querySelector(".aside-queue [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  restoreSurround(stage);
  home();
  await show(viewer, stage, { review, original: SHOWN_BY_BROWSERS.has(shown.toLowerCase()) ? original : null, width: Number(width), height: Number(height) });
  const ahead = find("next")?.dataset.next;
  if (ahead) new Image().src = ahead;
}

async function show(viewer, stage, { review, ...size }) {
  const image = new Image();
  image.alt = stage.getAttribute("aria-label");
  image.draggable = false;
  image.src = review;
  try {
    await image.decode();
  } catch {
    stage.textContent = t("The picture cannot be loaded.");
    return;
  }
  viewer.show(image, size);
  page.dataset.ready = page.dataset.picture;
}

// The list on the page as the server has it now; where it cannot be reached the old one stays.
async function renewComments() {
  try {
    const response = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!response.ok || response.redirected) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-comments] > :is(ul, p)");
    if (fresh) find("comments").querySelector(":scope > :is(ul, p)").replaceWith(fresh);
  } catch {
    // as it was
  }
}

if (page) await start();
else find("first")?.focus();
