// The map of a project's pictures: moved, zoomed, coloured, pointed at, chosen from.
import { number, t, tn } from "./i18n.js";
import { Cards } from "./map/card.js";
import { panel } from "./map/chosen.js";
import { bytesOf, loadGroups, loadPoints } from "./map/data.js";
import { painter } from "./map/draw.js";
import { Finder } from "./map/find.js";
import { tagger } from "./map/tags.js";
import { View } from "./map/view.js";
import { onTheme } from "./plot_looks.js";

const root = document.querySelector("[data-map]");
const canvas = root.querySelector("canvas");
const line = root.querySelector("[data-line]");
const card = root.querySelector("[data-card]");
const legend = root.querySelector("[data-legend]");
const by = root.querySelector("[data-by]");
const said = root.querySelector("[data-said]");
const REACH = 10; // CSS pixels between the pointer and a point
const STEP = 60; // that an arrow key moves

let points, groups, view, finder, paint;
let hidden = new Set();
let chosen = new Uint8Array(0);
let lasso = false;
let waits = false;
let asked = "";

const shown = (i) => !hidden.has(groups.codes[i]);

function draw() {
  if (waits) return;
  waits = true;
  requestAnimationFrame(() => {
    waits = false;
    paint.paint(view);
    canvas.dataset.painted = Number(canvas.dataset.painted ?? 0) + 1;
  });
}

function recolour() {
  const palette = new Uint8Array(256 * 4);
  groups.colours.forEach((css, code) => palette.set([...bytesOf(css), hidden.has(code) ? 0 : 255], 4 * code));
  paint.colour(groups.codes, palette, bytesOf("var(--ink)"));
  draw();
}

async function colourBy(key) {
  const address = root.dataset.groups.replace("__by__", encodeURIComponent(key));
  asked = key;
  const found = await loadGroups(address);
  if (asked !== key) return; // another one was asked for meanwhile
  if (found.map !== root.dataset.sha || found.codes.length !== points.n) {
    said.textContent = t("The map was drawn anew meanwhile. Load the page again.");
    return;
  }
  const same = groups?.names.join() === found.names.join();
  groups = found;
  if (!same) hidden = new Set();
  writeLegend();
  tellChosen(chosen, groups);
  recolour();
  const here = new URL(location.href);
  here.searchParams.set("by", key);
  history.replaceState(null, "", here);
}

function writeLegend() {
  const order = groups.names.map((_name, code) => code).filter((code) => groups.counts[code]);
  legend.replaceChildren(...order.map((code) => {
    const item = document.createElement("li");
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.setAttribute("aria-pressed", String(!hidden.has(code)));
    const swatch = Object.assign(document.createElement("span"), { className: "swatch" });
    swatch.style.setProperty("--c", groups.colours[code]);
    const name = Object.assign(document.createElement("span"), { textContent: groups.names[code] });
    const count = Object.assign(document.createElement("span"), { className: "tabular muted", textContent: number(groups.counts[code]) });
    button.append(swatch, name, count);
    button.addEventListener("click", () => {
      if (!hidden.delete(code)) hidden.add(code);
      button.setAttribute("aria-pressed", String(!hidden.has(code)));
      recolour();
    });
    item.append(button);
    return item;
  }));
}

// --- what is chosen ---------------------------------------------------------------------------------------

function choose(marks) {
  chosen = marks;
  paint.choose(chosen);
  tellChosen(chosen, groups);
  draw();
}

function ids() {
  const found = [];
  for (let i = 0; i < chosen.length; i += 1) if (chosen[i]) found.push(points.u[3 * i + 2]);
  return found;
}

const tellChosen = panel(root, {
  ids,
  clear() {
    choose(new Uint8Array(points.n));
    canvas.focus();
  },
});

// What was tagged can be looked at as a colouring; one that looks at it now sees it at once.
const tags = tagger(root, {
  ids,
  changed(tag, there) {
    const option = [...by.options].find((one) => one.value === tag.by);
    if (there && !option) {
      const known = by.querySelector("optgroup");
      const group = known ?? Object.assign(document.createElement("optgroup"), { label: t("Tags") });
      group.append(Object.assign(document.createElement("option"), { value: tag.by, textContent: tag.name }));
      if (!known) by.append(group);
    }
    const looks = by.value === tag.by;
    if (!there && option) option.remove();
    if (looks) colourBy(by.value).catch(failed);
  },
  // On a phone the message and what takes it back stand below the map: they stay in sight.
  done: () => canvas.focus({ preventScroll: true }),
});

function chooseView() {
  const [left, top] = view.at(0, 0);
  const [right, bottom] = view.at(view.width, view.height);
  choose(finder.within([[left, top], [right, top], [right, bottom], [left, bottom]], shown));
}

// --- the picture under the pointer ------------------------------------------------------------------------

const cards = new Cards(card, canvas, root.dataset.picture);

const hover = (px, py) => cards.over(finder.nearest(...view.at(px, py), REACH / view.scale, shown), points, view);
const leave = () => cards.leave();

// --- hand and keys ----------------------------------------------------------------------------------------

const hands = new Map();
let moved = 0;
let path = null;

const spot = (event) => {
  const box = canvas.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
};

canvas.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  canvas.setPointerCapture(event.pointerId);
  hands.set(event.pointerId, spot(event));
  moved = 0;
  path = (lasso || event.shiftKey) && hands.size === 1 ? [spot(event)] : null;
});
canvas.addEventListener("pointermove", (event) => {
  const now = spot(event);
  const before = hands.get(event.pointerId);
  if (!before) {
    hover(...now);
    return;
  }
  const [dx, dy] = [now[0] - before[0], now[1] - before[1]];
  moved += Math.hypot(dx, dy);
  if (path) {
    path.push(now);
    line.setAttribute("points", path.map((each) => each.join(",")).join(" "));
  } else if (hands.size === 2) {
    const [other] = [...hands].filter(([id]) => id !== event.pointerId).map(([, each]) => each);
    const [was, is] = [Math.hypot(before[0] - other[0], before[1] - other[1]), Math.hypot(now[0] - other[0], now[1] - other[1])];
    if (was > 0) view.nearer(is / was, (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
    view.move(dx / 2, dy / 2);
  } else if (moved > 3) {
    view.move(dx, dy);
    leave();
  }
  hands.set(event.pointerId, now);
  draw();
});

function up(event) {
  if (!hands.delete(event.pointerId)) return;
  if (path) {
    line.setAttribute("points", "");
    if (path.length > 2) choose(finder.within(path.map((each) => view.at(...each)), shown));
    path = null;
  } else if (moved <= 3 && event.type === "pointerup") {
    hover(...spot(event));
    // A finger sees the card first, which is a link.
    if (event.pointerType !== "touch") cards.open();
  }
}
canvas.addEventListener("pointerup", up);
canvas.addEventListener("pointercancel", up);
canvas.addEventListener("pointerleave", (event) => { if (event.relatedTarget !== card && !card.contains(event.relatedTarget)) leave(); });
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  view.nearer(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.002)), ...spot(event));
  leave();
  draw();
}, { passive: false });

const KEYS = {
  ArrowLeft: () => view.move(STEP, 0),
  ArrowRight: () => view.move(-STEP, 0),
  ArrowUp: () => view.move(0, STEP),
  ArrowDown: () => view.move(0, -STEP),
  "+": () => view.nearer(1.5),
  "=": () => view.nearer(1.5),
  "-": () => view.nearer(1 / 1.5),
  0: () => view.fit(),
};
canvas.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key.toLowerCase() === "l") setLasso(!lasso);
  else if (event.key.toLowerCase() === "v") chooseView();
  else if (event.key.toLowerCase() === "t") tags.focus();
  else if (event.key.toLowerCase() === "u") tags.undo();
  else if (KEYS[event.key]) KEYS[event.key]();
  else return;
  event.preventDefault();
  leave();
  draw();
});

const tool = root.querySelector("[data-lasso]");

function setLasso(on) {
  lasso = on;
  tool.setAttribute("aria-pressed", String(on));
  canvas.classList.toggle("lasso", on);
}

tool.addEventListener("click", () => setLasso(!lasso));
for (const [name, act] of Object.entries({ nearer: KEYS["+"], farther: KEYS["-"], whole: KEYS[0], view: chooseView })) {
  root.querySelector(`[data-act=${name}]`).addEventListener("click", () => { act(); leave(); draw(); });
}
root.querySelector("[data-act=all]").addEventListener("click", () => { hidden = new Set(); writeLegend(); recolour(); });
by.addEventListener("change", () => colourBy(by.value).catch(failed));

// --- the beginning ----------------------------------------------------------------------------------------

function resize() {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = Math.min(2, devicePixelRatio || 1);
  [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  view.resize(width, height);
  draw();
}

function failed() {
  said.textContent = t("The map could not be loaded. Load the page again.");
}

async function begin() {
  points = await loadPoints(root.dataset.points);
  finder = new Finder(points);
  view = new View(finder.bounds, points.n);
  chosen = new Uint8Array(points.n);
  paint = painter(canvas, points);
  const wanted = new URL(location.href).searchParams.get("by");
  if (wanted && [...by.options].some((option) => option.value === wanted)) by.value = wanted;
  await colourBy(by.value);
  new ResizeObserver(resize).observe(canvas);
  resize();
  onTheme(recolour);
  said.textContent = tn("{n} picture", "{n} pictures", points.n);
  root.dataset.ready = paint.kind;
}

begin().catch(failed);
