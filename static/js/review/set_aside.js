// The lead curator's page: zoom, a letter settles the picture, arrows go to its neighbours.

import { t } from "../i18n.js";
import { listen } from "./keys.js";
import { Viewer } from "./viewer.js";

const SHOWN_BY_BROWSERS = new Set(["jpg", "jpeg", "png", "webp", "gif"]);
const page = document.querySelector("[data-settle]");

async function start() {
  const stage = page.querySelector("[data-stage]");
  const viewer = new Viewer(stage);
  const { review, original, width, height, shown } = stage.dataset;
  const image = new Image();
  image.alt = stage.getAttribute("aria-label");
  image.draggable = false;
  image.src = review;
  const buttons = new Map([...page.querySelectorAll("button[name=label]")].map((button) => [button.value, button]));
  const follow = (rel) => page.querySelector(`a[rel=${rel}]`)?.click();
  const commands = {
    left: () => (viewer.zoomed ? viewer.panBy(80, 0) : follow("prev")),
    right: () => (viewer.zoomed ? viewer.panBy(-80, 0) : follow("next")),
    up: () => viewer.zoomed && (viewer.panBy(0, 80), true),
    down: () => viewer.zoomed && (viewer.panBy(0, -80), true),
    "zoom-toggle": () => viewer.toggle(),
    "zoom-in": () => viewer.zoomBy(1),
    "zoom-out": () => viewer.zoomBy(-1),
    "zoom-fit": () => viewer.zoomTo(1),
    escape: () => viewer.zoomTo(1),
  };
  listen(new Set(buttons.keys()), ({ command, label }) => {
    if (label) return buttons.get(label).click();
    return commands[command] ? commands[command]() : false;
  });
  stage.focus({ preventScroll: true });
  try {
    await image.decode();
  } catch {
    stage.textContent = t("The picture cannot be loaded.");
    return;
  }
  const full = SHOWN_BY_BROWSERS.has(shown.toLowerCase()) ? original : null;
  viewer.show(image, { width: Number(width), height: Number(height), original: full });
}

if (page) await start();
