// A sheet under its heat map: opacity, single tiles with their probabilities, and the regions that people marked.
import { number, t } from "../i18n.js";
import { listen } from "../review/keys.js";

const setup = JSON.parse(document.getElementById("setup").textContent);
const stage = document.querySelector("[data-heat]");
const svg = stage.querySelector("svg");
const slider = document.getElementById("opacity");
const card = stage.querySelector("[data-card]");
const list = document.querySelector("[data-tile-list]");
const HOTTEST = 5;
const READABLE = 34; // px a tile is wide on the screen where its probability is written into it
let tiles = null;
let before = 60;

const draw = (name, attributes) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};

function opacity(value) {
  slider.value = String(Math.min(100, Math.max(0, value)));
  stage.style.setProperty("--heat", Number(slider.value) / 100);
  stage.dataset.opacity = slider.value;
}

function words(place) {
  const p = tiles.condition[place];
  const [left, top] = tiles.boxes[place];
  const said = p === null ? t("background") : `P = ${number(p, { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
  const entropy = t("{bits} bits", { bits: number(tiles.entropy[place], { maximumFractionDigits: 1 }) });
  return `${said} · ${entropy} · ${left}, ${top}`;
}

async function load() {
  if (tiles) return tiles;
  const response = await fetch(setup.tiles, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!response.ok) return null;
  return (tiles = await response.json());
}

async function toggleTiles() {
  const on = stage.dataset.tiles !== "on";
  if (on && !(await load())) return;
  stage.dataset.tiles = on ? "on" : "off";
  document.querySelector('[data-do="tiles"]').setAttribute("aria-pressed", String(on));
  list.hidden = !on;
  card.hidden = true;
  svg.querySelectorAll(".tile, .tile-p").forEach((node) => node.remove());
  if (!on) return;
  const scale = stage.getBoundingClientRect().width / tiles.size[0];
  tiles.boxes.forEach(([left, top, right, bottom], place) => {
    const node = draw("rect", { class: tiles.condition[place] === null ? "tile passed" : "tile", x: left, y: top, width: right - left, height: bottom - top });
    node.dataset.place = place;
    svg.append(node);
    const p = tiles.condition[place];
    if (p === null || (right - left) * scale < READABLE) return;
    const figure = draw("text", { class: "tile-p", x: (left + right) / 2, y: (top + bottom) / 2, "font-size": 12 / scale });
    figure.textContent = number(p, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    svg.append(figure);
  });
  const order = tiles.condition.map((p, place) => [p ?? -1, place]).sort((a, b) => b[0] - a[0]).slice(0, HOTTEST);
  document.querySelector("[data-hottest]").replaceChildren(
    ...order.filter(([p]) => p >= 0).map(([, place]) => {
      const item = document.createElement("li");
      item.textContent = words(place);
      item.addEventListener("pointerenter", () => point(place));
      item.addEventListener("pointerleave", () => point(null));
      return item;
    }),
  );
}

function point(place) {
  for (const node of svg.querySelectorAll(".tile")) node.classList.toggle("pointed", Number(node.dataset.place) === place);
}

stage.addEventListener("pointermove", (event) => {
  if (stage.dataset.tiles !== "on" || !tiles) return;
  const box = stage.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * tiles.size[0];
  const y = ((event.clientY - box.top) / box.height) * tiles.size[1];
  const place = tiles.boxes.findIndex(([left, top, right, bottom]) => x >= left && x < right && y >= top && y < bottom);
  card.hidden = place < 0;
  if (place < 0) return;
  card.textContent = words(place);
  point(place);
});
stage.addEventListener("pointerleave", () => (card.hidden = true));

function toggleRegions() {
  const button = document.querySelector('[data-do="regions"]');
  if (!button) return false;
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(on));
  svg.classList.toggle("without-regions", !on);
}

for (const { box: [left, top, width, height] } of setup.regions) {
  svg.append(draw("rect", { class: "marked", x: left * setup.width, y: top * setup.height, width: width * setup.width, height: height * setup.height }));
}

const follow = (key) => {
  const link = document.querySelector(`[data-key="${key}"]`);
  return link ? (link.click(), true) : false;
};
const commands = {
  more: () => opacity(Number(slider.value) + 10),
  less: () => opacity(Number(slider.value) - 10),
  heat: () => (Number(slider.value) ? ((before = Number(slider.value)), opacity(0)) : opacity(before || 60)),
  tiles: () => void toggleTiles(),
  regions: toggleRegions,
  left: () => follow("ArrowLeft"),
  right: () => follow("ArrowRight"),
};
listen(new Map(), ({ command }) => commands[command]?.(), {
  more: ["+", "="], less: ["-"], heat: ["H"], tiles: ["T"], regions: ["R"], left: ["ArrowLeft"], right: ["ArrowRight"],
});
slider.addEventListener("input", () => opacity(Number(slider.value)));
document.addEventListener("click", (event) => {
  const act = event.target.closest("[data-do]")?.dataset.do;
  if (act) commands[act]();
});
opacity(60);
stage.dataset.ready = "";
