// One picture enlarged over its own place: by key, by a mouse that rests on it, by a long press.

import { element } from "../review/render.js";

const REST = 450; // ms of rest until the mouse enlarges
const SHARES = { key: [0.96, 0.56], mouse: [0.66, 0.4], touch: [0.9, 0.94] }; // of the table's height and width
const WORDS = 34; // px under the picture
const AIR = 8; // px that stay free at the edges

export class Zoom {
  // box: the table, in which the figure lies. words(item): what stands under the picture.
  constructor(box, figure, words) {
    Object.assign(this, { box, figure, words, shown: null, how: null, timer: null });
    this.image = figure.querySelector("img");
    this.caption = figure.querySelector("figcaption");
  }

  // how: key | mouse | touch
  show(cell, how) {
    const { item, node } = cell;
    Object.assign(this, { shown: item.id, how });
    this.place(item, node, how);
    this.image.src = cell.image.currentSrc || item.thumb;
    const large = element("img", { src: item.review });
    large.decode().then(
      () => this.shown === item.id && (this.image.src = item.review),
      () => {}, // the small copy stays
    );
    this.describe(item);
    this.figure.dataset.how = how;
    this.figure.hidden = false;
  }

  place(item, node, how) {
    const [tall, wide] = SHARES[how];
    const { clientWidth, clientHeight } = this.box;
    const scale = Math.min((clientHeight * tall - WORDS) / item.height, (clientWidth * wide) / item.width);
    const [width, height] = [item.width * scale, item.height * scale];
    const outer = this.box.getBoundingClientRect();
    const inner = node.getBoundingClientRect();
    const middle = { x: inner.left + inner.width / 2 - outer.left, y: inner.top + inner.height / 2 - outer.top };
    const within = (value, room) => Math.max(AIR, Math.min(value, room - AIR));
    this.figure.style.left = `${within(middle.x - width / 2, clientWidth - width)}px`;
    this.figure.style.top = `${within(middle.y - height / 2, clientHeight - height - WORDS)}px`;
    this.figure.style.width = `${width}px`;
    this.image.style.height = `${height}px`;
  }

  describe(item) {
    this.caption.textContent = this.words(item);
  }

  hide() {
    clearTimeout(this.timer);
    this.figure.hidden = true;
    Object.assign(this, { shown: null, how: null });
  }

  // The mouse is over a cell, or over none. What was enlarged by key or finger stays.
  over(cell) {
    clearTimeout(this.timer);
    if (this.how === "mouse") this.hide();
    if (cell && this.shown === null) this.timer = setTimeout(() => this.show(cell, "mouse"), REST);
  }
}
