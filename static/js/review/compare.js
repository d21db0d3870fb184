// Two to four pictures side by side, zoomed and moved together. The first is the picture to judge; what lies
// beside it is chosen in a dialog. The pane in focus is the one that a letter judges, if it waits to be judged.

import { tn, t } from "../i18n.js";
import { ask, besides, remember, remembered } from "./beside.js";
import { Pane } from "./pane.js";

const FAR = 90; // px of a swipe that count
const MOST = 4;
const NAMES = { next: t("The next pictures"), said: t("What you judged last"), class: t("Examples"), counter: t("Counter-examples") };

export class Compare {
  via = "compare";
  open = false;
  linked = true;
  at = 0; // the pane in focus
  other = 1; // the pane that a phone shows below the first
  choice = remembered();
  loaded = new Map(); // address -> a picture that is not of the queue

  constructor({ box, screen, session, pictures, looks, classes, toast }) {
    Object.assign(this, { box, screen, session, pictures, looks, classes, toast });
    this.bar = box.querySelector("[data-compare-bar]");
    this.host = box.querySelector("[data-panes]");
    looks.addEventListener("arrived", () => this.refresh());
    this.host.addEventListener("focusin", (event) => this.focus(Number(event.target.closest("[data-pane]").dataset.pane), false));
    this.host.addEventListener("pointerdown", (event) => this.focus(Number(event.target.closest("[data-pane]")?.dataset.pane ?? this.at)));
    addEventListener("keydown", (event) => this.number(event), true);
  }

  // Made when they are first needed.
  get panes() {
    if (!this.made) {
      const wired = { onMove: (pane) => this.follow(pane), onSwipe: (dx, ended) => ended && Math.abs(dx) >= FAR && this.turn(dx < 0 ? 1 : -1) };
      this.made = Array.from({ length: MOST }, (_, place) => new Pane(place, wired));
      this.host.replaceChildren(...this.made.map((pane) => pane.node));
    }
    return this.made.slice(0, this.choice.count);
  }

  get leader() {
    return this.panes.find((pane) => pane.viewer.pointer && pane.item) ?? this.panes[this.at];
  }

  get viewer() {
    return this.leader.viewer;
  }

  // The picture that is judged: the one in focus, where it waits for that.
  get item() {
    const { item } = this.panes[this.at] ?? {};
    return item?.waits ? (this.session.ring.find((row) => row.id === item.id) ?? null) : null;
  }

  get shownAt() {
    return this.panes[this.at].shownAt;
  }

  home() {
    this.panes[this.at].node.focus({ preventScroll: true });
  }

  async start() {
    if (!this.session.current) return;
    if (this.open) return this.choose();
    this.open = true;
    [this.at, this.other] = [0, 1];
    this.box.dataset.view = "compare";
    this.tone();
    this.refresh(this.screen.shownAt);
    this.home();
  }

  async choose() {
    const item = this.subject();
    const guess = item.blind ? null : item.prediction?.best?.[0];
    const chosen = await ask({ ...this.choice, suggested: guess?.name ?? null, classes: this.classes });
    if (chosen && this.open) {
      this.choice = chosen;
      remember(chosen);
      [this.at, this.other] = [0, 1];
      for (const pane of this.panes) pane.item = null;
      this.refresh();
    }
    if (this.open) this.home();
  }

  close() {
    this.open = false;
    delete this.box.dataset.view;
    for (const pane of this.made) {
      pane.item = null;
      pane.viewer.clear();
    }
    this.loaded.clear();
    this.screen.show();
    this.screen.home();
  }

  subject() {
    return this.item ?? this.session.current;
  }

  // Each picture stays where it is; only what is gone is replaced.
  refresh(since = null) {
    if (!this.open) return;
    if (!this.session.current) return this.close();
    const before = this.panes.map((pane) => pane.item?.review);
    const { rows, why } = this.wanted();
    this.made.forEach((pane, place) => (pane.node.hidden = place >= this.choice.count));
    this.pictures.keep(this.session.ring, [...this.session.history.slice(-1).map((entry) => entry.item), ...rows.filter((row) => row?.waits)]);
    this.panes.forEach((pane, place) => {
      const row = rows[place];
      if (!row) pane.empty(rows[place - 1] ? why : "");
      else pane.show(row, row.waits ? this.pictures.get(row) : this.load(row), place ? null : since);
    });
    // The next picture is whole again, and so are those that are zoomed with it.
    if (this.linked && this.panes.some((pane, place) => pane.item?.review !== before[place])) for (const pane of this.panes) pane.viewer.zoomTo(1);
    this.draw();
    this.screen.tell(this.subject());
  }

  wanted() {
    const { ring, current, history } = this.session;
    const waits = (item) => item && { ...item, waits: true, words: "" };
    const { kind, count, label } = this.choice;
    if (kind === "next") {
      const rows = this.panes.map((pane) => ring.find((item) => item.id === pane.item?.id && pane.item.waits) ?? null);
      const taken = new Set(rows.filter(Boolean));
      const free = ring.filter((item) => !taken.has(item));
      for (let place = 0; place < count; place += 1) rows[place] ??= free.shift() ?? null;
      if (!rows.includes(current)) rows[this.at] = current; // it was taken back
      return { rows: rows.map(waits), why: t("No other picture is at hand.") };
    }
    const suggested = current.blind ? null : this.classes.get(current.prediction?.best?.[0]?.key);
    const shown = (label && this.classes.byId.get(label.id)) ?? suggested ?? null;
    const found = besides({ kind, item: current, history, classes: this.classes, label: shown, pictures: this.looks.of(shown) });
    return { rows: [waits(current), ...found.rows.slice(0, count - 1)], why: found.why };
  }

  load(row) {
    if (!this.loaded.has(row.review)) {
      const image = Object.assign(new Image(), { alt: row.title, draggable: false, src: row.review });
      const picture = { image, state: "loading" };
      picture.ready = image.decode().then(
        () => ((picture.state = "ready"), true),
        () => (this.loaded.delete(row.review), false),
      );
      this.loaded.set(row.review, picture);
    }
    return this.loaded.get(row.review);
  }

  draw() {
    const { kind, label, count } = this.choice;
    this.host.dataset.count = count;
    this.bar.querySelector("[data-beside-now]").textContent = label ? `${NAMES[kind]}: ${label.name}` : NAMES[kind];
    this.bar.querySelector('[data-do="link"]').setAttribute("aria-pressed", String(this.linked));
    this.bar.querySelector("[data-turn]").textContent = count > 2 ? tn("{place} of 1", "{place} of {n}", count - 1, { place: this.other }) : "";
    this.panes.forEach((pane, place) => {
      pane.node.classList.toggle("off", place !== 0 && place !== this.other);
      pane.node.classList.toggle("current", place === this.at);
    });
  }

  // 1 to 4 go to a picture; suggestions are taken in the panel beside, or with Enter.
  number(event) {
    if (!this.open || event.ctrlKey || event.metaKey || event.altKey || !/^[1-4]$/.test(event.key)) return;
    if (document.querySelector("dialog[open]") || event.target.closest?.("input, textarea, select")) return;
    event.preventDefault();
    event.stopPropagation();
    if (Number(event.key) <= this.choice.count) this.focus(Number(event.key) - 1);
  }

  focus(place, move = true) {
    if (!this.open || !(place < this.choice.count)) return;
    const changed = place !== this.at;
    this.at = place;
    if (place) this.other = place;
    if (move) this.home();
    if (!changed) return;
    this.draw();
    this.screen.tell(this.subject());
  }

  step(way) {
    this.focus((this.at + way + this.choice.count) % this.choice.count);
  }

  // On a phone: another one below the first.
  turn(way) {
    const others = this.choice.count - 1;
    this.other = ((this.other - 1 + way + others) % others) + 1;
    if (this.at) this.focus(this.other);
    this.draw();
  }

  link() {
    this.linked = !this.linked;
    this.draw();
  }

  follow(leader) {
    if (!this.open || !this.linked || !leader.viewer.image) return;
    if (!leader.viewer.zoomed) for (const pane of this.panes) pane.factor = 1;
    for (const pane of this.panes) {
      if (pane !== leader && pane.viewer.image) pane.viewer.lookAt((leader.viewer.scale * pane.factor) / leader.factor, leader.viewer.middle);
    }
  }

  // The original of every picture, one of its pixels on one of the screen's.
  pixels() {
    if (this.linked && !this.viewer.zoomed) for (const pane of this.panes) if (pane.viewer.image) pane.factor = pane.viewer.pixelScale;
    return this.viewer.pixels();
  }

  tone() {
    for (const pane of this.panes) pane.stage.dataset.surround = this.screen.parts.stage.dataset.surround;
  }
}
