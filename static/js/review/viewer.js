// One picture, fitted into its stage; zoom at the pointer by wheel, pinch, keys and double click; pan by drag.
// Beyond the pixels of the review rendition the original is fetched and laid over it.

import { t } from "../i18n.js";
import { Touch } from "./touch.js";

const STEP = 1.35;
const ENLARGE_AT_MOST = 3; // small pictures are fitted no larger than this
const AIR = 12; // px of surround that stay visible around a whole picture, where there is room

export class Viewer {
  // onSwipe(dx, ended): a finger moves sideways over the whole picture; onZoom(words); onMove: zoomed or moved by hand;
  // onShow: another picture is in the layer, alone.
  constructor(stage, { onSwipe = null, onZoom = () => {}, onMove = () => {}, onShow = () => {} } = {}) {
    Object.assign(this, { stage, onZoom, onMove, onShow });
    this.layer = document.createElement("div");
    this.layer.className = "layer";
    stage.prepend(this.layer);
    this.pointer = null;
    this.reset();
    new Touch(stage, this, onSwipe);
    stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    stage.addEventListener("dblclick", (event) => this.toggle(this.at(event)));
    stage.addEventListener("pointermove", (event) => (this.pointer = this.at(event)));
    stage.addEventListener("pointerleave", () => (this.pointer = null));
    new ResizeObserver(() => this.layout()).observe(stage);
  }

  // image: a decoded HTMLImageElement. size: {width, height, original} of the full picture.
  show(image, size) {
    this.image = image;
    this.size = size;
    this.original = null;
    this.reset();
    this.layer.replaceChildren(image);
    this.layout();
    this.onShow();
  }

  clear() {
    this.image = null;
    this.layer.replaceChildren();
  }

  reset() {
    this.scale = 1;
    this.x = 0;
    this.y = 0;
  }

  get zoomed() {
    return this.scale > 1.001;
  }

  // Pixels of the full picture per CSS pixel when fitted.
  get fit() {
    const { clientWidth, clientHeight } = this.stage;
    const air = clientWidth > 600 ? 2 * AIR : 0;
    return Math.min((clientWidth - air) / this.size.width, (clientHeight - air) / this.size.height, ENLARGE_AT_MOST);
  }

  get most() {
    return Math.max(4, 4 / this.fit);
  }

  layout() {
    if (!this.image) return;
    this.layer.style.width = `${this.size.width * this.fit}px`;
    this.layer.style.height = `${this.size.height * this.fit}px`;
    this.place();
  }

  // Coordinates of an event from the middle of the stage.
  at(event) {
    const box = this.stage.getBoundingClientRect();
    return { x: event.clientX - box.left - box.width / 2, y: event.clientY - box.top - box.height / 2 };
  }

  // The point of the picture under `point` stays under it.
  zoomTo(scale, point = { x: 0, y: 0 }) {
    if (!this.image) return;
    const next = Math.min(Math.max(scale, 1), this.most);
    const grown = next / this.scale;
    this.x = point.x - (point.x - this.x) * grown;
    this.y = point.y - (point.y - this.y) * grown;
    this.scale = next;
    this.place();
    this.onMove();
  }

  zoomBy(steps) {
    this.zoomTo(this.scale * STEP ** steps, this.pointer ?? undefined);
  }

  // Whole picture, or full size where that is larger than a good magnification of it.
  toggle(point = this.pointer ?? undefined) {
    this.zoomTo(this.zoomed ? 1 : Math.max(2.5, Math.min(1 / this.fit, 6)), point);
  }

  // The original, one of its pixels on one of the screen's, and back. Answers what could not be shown, and why:
  // "whole" (it is as large already), "copy" (no browser draws the original).
  pixels(point = this.pointer ?? undefined) {
    const scale = this.pixelScale;
    if (this.zoomed) return void this.zoomTo(1);
    if (scale <= 1.001) return "whole";
    this.zoomTo(scale, point);
    return this.size.original ? null : "copy";
  }

  panBy(dx, dy) {
    this.x += dx;
    this.y += dy;
    this.place();
    this.onMove();
  }

  // Where the middle of the stage is on the picture, as parts of its size from its own middle.
  get middle() {
    return { x: this.x / (this.size.width * this.fit * this.scale), y: this.y / (this.size.height * this.fit * this.scale) };
  }

  // The same place at a scale, as another viewer has it.
  lookAt(scale, middle) {
    this.scale = Math.min(Math.max(scale, 1), this.most);
    this.x = middle.x * this.size.width * this.fit * this.scale;
    this.y = middle.y * this.size.height * this.fit * this.scale;
    this.place();
  }

  // The scale at which a pixel of the original is one of the screen's.
  get pixelScale() {
    return 1 / (this.fit * devicePixelRatio);
  }

  place() {
    if (!this.image) return;
    const { clientWidth, clientHeight } = this.stage;
    const spareX = Math.max(0, (this.size.width * this.fit * this.scale - clientWidth) / 2);
    const spareY = Math.max(0, (this.size.height * this.fit * this.scale - clientHeight) / 2);
    this.x = Math.min(Math.max(this.x, -spareX), spareX);
    this.y = Math.min(Math.max(this.y, -spareY), spareY);
    this.layer.style.setProperty("--scale", this.scale); // what lies on the picture can keep its thickness
    this.layer.style.transform = `translate(-50%, -50%) translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
    this.stage.classList.toggle("zoomed", this.zoomed);
    this.onZoom(this.zoomed ? `${Math.round(this.fit * this.scale * 100)} %` : t("Fit"));
    this.sharpen();
  }

  sharpen() {
    const shown = this.size.width * this.fit * this.scale * devicePixelRatio;
    if (this.original || !this.size.original || this.image.naturalWidth >= this.size.width) return;
    if (shown <= this.image.naturalWidth * 1.05 || !this.zoomed) return;
    const original = new Image();
    this.original = original;
    original.alt = "";
    original.draggable = false;
    original.src = this.size.original;
    original.decode().then(
      () => this.original === original && this.layer.append(original),
      () => {}, // the review rendition stays
    );
  }

  wheel(event) {
    event.preventDefault();
    const pixels = event.deltaY * (event.deltaMode === 1 ? 16 : event.deltaMode === 2 ? 400 : 1);
    // A pinch on a trackpad arrives as a wheel with Ctrl, in much smaller steps.
    this.zoomTo(this.scale * Math.exp(-pixels * (event.ctrlKey ? 0.01 : 0.0018)), this.at(event));
  }
}
