// The table as it is seen: thumbnails in their places, the one in focus, the range, the enlarged one.

import { arrange } from "./layout.js";
import { Cells } from "./cells.js";
import { Cursor } from "./cursor.js";

const NEAR = 4; // px to the end of the page that count as its end

export class Board extends EventTarget {
  // Events: "painted" (every thumbnail of the page is decoded and on the screen).
  constructor({ grid, table, classes }) {
    super();
    Object.assign(this, { grid, table, classes });
    this.cells = new Cells(classes);
    this.cursor = new Cursor();
    this.drawn = [];
    this.shownAt = null; // when the page was painted; null while it loads
    this.reached = 0; // px of the page that have been on the screen
    new ResizeObserver(() => this.layout()).observe(grid);
    grid.addEventListener("scroll", () => this.reach(), { passive: true });
  }

  draw() {
    const { items } = this.table;
    const known = new Set(this.drawn.map((item) => item.id));
    const focused = this.drawn[this.cursor.at]?.id;
    // Fewer of the same pictures: the page goes on. Others: it begins.
    const goesOn = items.length > 0 && items.every((item) => known.has(item.id));
    this.drawn = items;
    this.cursor.clear();
    if (goesOn && focused !== undefined) this.cursor.to(Math.max(0, items.findIndex((item) => item.id === focused)));
    if (!goesOn) {
      this.shownAt = null;
      this.cells.retry(items);
    }
    this.layout();
    this.prepare();
    this.grid.replaceChildren(...items.map((item) => this.cells.get(item).node));
    this.describe();
    if (!goesOn) this.reached = this.grid.scrollTop = 0;
    this.reach();
    if (items.length && !goesOn) this.paint(items);
  }

  // The next page, and the last one that Backspace would bring back, are decoded while this one is looked at.
  prepare() {
    const { items, ahead, size, history } = this.table;
    this.cells.keep(items, [...ahead.slice(0, size), ...(history.at(-1)?.items ?? [])]);
  }

  async paint(items) {
    await Promise.all(items.map((item) => this.cells.get(item).ready));
    if (this.drawn !== items) return;
    // What could not be seen is not confirmed.
    const unseen = items.filter((item) => this.cells.get(item).state === "failed" && !this.table.marks.has(item.id));
    if (unseen.length) this.dispatchEvent(new CustomEvent("unseen", { detail: unseen.map((item) => item.id) }));
    // The first frame draws it, the second one comes after it was drawn.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        if (this.drawn !== items) return;
        this.shownAt = performance.now();
        this.reach();
        this.dispatchEvent(new Event("painted"));
      }),
    );
  }

  layout() {
    const style = getComputedStyle(this.grid);
    const room = (sides) => sides.reduce((sum, side) => sum + parseFloat(style[side]), 0);
    const width = this.grid.clientWidth - room(["paddingLeft", "paddingRight"]);
    const height = this.grid.clientHeight - room(["paddingTop", "paddingBottom"]);
    if (!this.drawn.length || width <= 0 || height <= 0) return;
    const found = arrange(this.drawn.map((item) => item.width / item.height), width, height);
    this.columns = found.columns;
    this.cells.drawnAt(found.height);
    this.grid.style.setProperty("--columns", found.columns);
    this.grid.style.setProperty("--height", `${found.height}px`);
  }

  describe() {
    const { marks, label } = this.table;
    const range = new Set(this.cursor.places);
    this.drawn.forEach((item, place) => {
      const { node } = this.cells.get(item);
      this.cells.describe(item, marks.get(item.id) ?? null, label, range.has(place));
      node.classList.toggle("in-focus", place === this.cursor.at);
      node.tabIndex = place === this.cursor.at ? 0 : -1;
    });
    this.grid.tabIndex = this.cursor.at === null ? 0 : -1;
  }

  // The keyboard is where the cursor is, else at the table itself.
  focus() {
    const item = this.drawn[this.cursor.at];
    const node = item ? this.cells.get(item).node : this.grid;
    node.focus({ preventScroll: true });
    if (item) node.scrollIntoView({ block: "nearest" });
  }

  get selected() {
    return this.cursor.places.map((place) => this.drawn[place]).filter(Boolean);
  }

  get current() {
    return this.drawn[this.cursor.at] ?? null;
  }

  // The cell that an event happened in, and its place.
  at(event) {
    const id = Number(event.target.closest?.("[data-id]")?.dataset.id);
    const place = this.drawn.findIndex((item) => item.id === id);
    return place < 0 ? null : { place, item: this.drawn[place], cell: this.cells.get(this.drawn[place]) };
  }

  reach() {
    const before = this.unseen;
    if (this.shownAt !== null) this.reached = Math.max(this.reached, this.grid.scrollTop + this.grid.clientHeight);
    if (before !== this.unseen) this.dispatchEvent(new Event("reach"));
  }

  // Whether a part of the page has not been on the screen yet.
  get unseen() {
    return this.shownAt !== null && this.grid.scrollHeight - NEAR > this.reached;
  }

  onward() {
    this.grid.scrollBy({ top: this.grid.clientHeight * 0.9 });
  }
}
