// Rectangles around what shows a condition of the sheet: drawn by mouse or finger, or moved and sized by keys.
// What could not be saved stays on the sheet, says so, and is sent again when the network is back.

import { number, t, tn } from "../i18n.js";
import { letter } from "./keys.js";
import { LEAST, around, between, moved, sized } from "./rectangle.js";
import { element } from "./render.js";

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Regions {
  // api: RegionsApi. keys(): those of the command that begins and ends marking.
  constructor({ api, root, bar, viewer, classes, screen, say, toast, keys }) {
    Object.assign(this, { api, root, bar, viewer, classes, screen, say, toast, keys });
    this.known = new Map(); // candidate id -> its regions; one without an id is not saved yet
    this.draft = null; // what the keys move; {left, top, width, height}
    this.from = null; // where the pointer went down, on the picture
    this.label = null;
    this.box = element("div", { className: "regions" });
    viewer.onShow = () => this.shown();
    const { stage } = viewer;
    stage.addEventListener("pointerdown", (event) => this.down(event), true);
    stage.addEventListener("pointermove", (event) => this.move(event), true);
    for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, (event) => this.up(event), true);
    stage.addEventListener("dblclick", (event) => this.marking && event.stopPropagation(), true);
    addEventListener("keydown", (event) => this.marking && this.key(event), true);
    addEventListener("online", () => this.again());
  }

  get marking() {
    return this.root.dataset.marking === "on";
  }

  get item() {
    return this.screen.item;
  }

  get rows() {
    return this.known.get(this.item?.id) ?? [];
  }

  // The conditions: every class but the first, which is the sound one.
  get conditions() {
    return this.classes.rows.slice(1);
  }

  get chosen() {
    return this.conditions.find((label) => label.id === this.label) ?? this.conditions[0];
  }

  toggle(on = !this.marking) {
    if (on && !this.item) return;
    this.draft = this.from = null;
    this.root.dataset.marking = on ? "on" : "off";
    this.bar.hidden = !on;
    document.querySelector('[data-commands] [data-do="region"]')?.setAttribute("aria-pressed", String(on));
    if (on) this.say(t("Marking {class}. Arrows move a rectangle, with Shift they size it, Enter keeps it.", { class: this.chosen.name }));
    else this.say(t("Marking has ended."));
    this.draw();
  }

  // Another picture is on the screen.
  async shown() {
    const { item } = this;
    this.draft = this.from = null;
    if (!item) return;
    this.viewer.layer.append(this.box);
    this.draw();
    if (this.known.has(item.id)) return;
    try {
      const rows = await this.api.list(item.id);
      this.known.set(item.id, [...rows, ...this.rows.filter((row) => !row.id && this.item === item)]);
    } catch {
      return; // the outbox tells of the network
    }
    if (this.item === item) this.draw();
  }

  // What was drawn ------------------------------------------------------------------------------------

  keep(box) {
    const row = { ...box, label: this.chosen.id, mine: true, candidate: this.item.id };
    this.known.set(this.item.id, [...this.rows, row]);
    this.draft = null;
    this.send(row);
    this.draw();
    this.say(t("{class} marked.", { class: this.chosen.name }));
  }

  async send(row) {
    row.sending = true;
    try {
      const { left, top, width, height, label } = row;
      Object.assign(row, await this.api.add(row.candidate, { left, top, width, height, label }), { problem: "" });
    } catch (problem) {
      row.problem = problem.message;
      this.toast(t("The region is not saved yet: {problem}", { problem: problem.message }));
    }
    row.sending = false;
    this.draw();
  }

  again() {
    for (const rows of this.known.values()) for (const row of rows) if (!row.id && !row.sending) this.send(row);
  }

  async remove(row) {
    const { item } = this;
    try {
      if (row.id) await this.api.remove(row.id);
    } catch (problem) {
      return this.toast(problem.message);
    }
    this.known.set(item.id, (this.known.get(item.id) ?? []).filter((other) => other !== row));
    this.draw();
    this.say(t("The region is taken back."));
    this.screen.home();
  }

  // Keys ------------------------------------------------------------------------------------------------

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const onButton = event.target.closest?.("button, a, summary, input") && (event.key === "Enter" || event.key === " ");
    if (onButton || !this.act(event)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  // Answers whether the key was for marking.
  act(event) {
    const sign = letter(event);
    const arrow = ARROWS[event.key];
    if (arrow) this.draft = this.draft ? (event.shiftKey ? sized : moved)(this.draft, ...arrow) : this.begun();
    else if (event.key === "Enter" && this.draft) this.keep(this.draft);
    else if (event.key === "Escape") this.draft ? (this.draft = null) : this.toggle(false);
    else if (event.key === "Enter") this.toggle(false);
    else if (event.key === "Backspace" || event.key === "Delete") {
      const last = this.rows.filter((row) => row.mine).at(-1);
      if (this.draft) this.draft = null;
      else if (last) this.remove(last);
    } else if (sign && this.classes.has(sign)) this.choose(this.classes.get(sign));
    else if (this.keys().includes(sign ?? event.key)) this.toggle(false);
    else return false;
    this.draw();
    if (arrow) this.tell();
    return true;
  }

  begun() {
    const { x, y } = this.viewer.middle;
    return around({ x: 0.5 - x, y: 0.5 - y }, this.viewer.scale);
  }

  choose(label) {
    if (!this.conditions.includes(label)) return this.toast(t("{class} is the sound state of a sheet: regions show what is wrong.", { class: label.name }));
    this.label = label.id;
    this.say(t("Marking {class}.", { class: label.name }));
  }

  tell() {
    const percent = (part) => number(Math.round(part * 100));
    const { left, top, width, height } = this.draft ?? {};
    if (this.draft) this.say(t("From {left} % left and {top} % down, {width} % wide and {height} % high.", { left: percent(left), top: percent(top), width: percent(width), height: percent(height) }));
  }

  // Mouse and fingers -----------------------------------------------------------------------------------

  on(event) {
    const box = this.viewer.layer.getBoundingClientRect();
    return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
  }

  down(event) {
    if (!this.marking || event.button !== 0 || !event.isPrimary || event.target.closest("button, .marking")) return;
    event.stopPropagation();
    this.viewer.stage.setPointerCapture(event.pointerId);
    this.from = this.on(event);
  }

  move(event) {
    if (!this.from || !event.isPrimary) return;
    event.stopPropagation();
    this.draft = between(this.from, this.on(event));
    this.draw();
  }

  up(event) {
    if (!this.from || !event.isPrimary) return;
    event.stopPropagation();
    const box = between(this.from, this.on(event));
    this.from = this.draft = null;
    if (event.type === "pointerup" && box.width >= LEAST && box.height >= LEAST) this.keep(box);
    else this.draw();
  }

  // Page --------------------------------------------------------------------------------------------------

  draw() {
    const boxes = this.rows.map((row, place) => this.drawn(row, place));
    if (this.draft) boxes.push(element("div", { className: "region draft", style: sides(this.draft, this.chosen) }));
    this.box.replaceChildren(...boxes);
    this.bar.querySelector("[data-marking]").textContent = this.chosen?.name ?? "";
    this.bar.querySelector("[data-count]").textContent = tn("{n} region", "{n} regions", this.rows.length);
    document.querySelector("[data-regions-count]").textContent = this.rows.length ? String(this.rows.length) : "";
  }

  drawn(row, place) {
    const label = this.classes.rows.find((other) => other.id === row.label);
    const name = label?.name ?? "";
    const words = row.mine ? name : t("{class}, by {author}", { class: name, author: row.author ?? "" });
    const box = element("div", { className: `region${row.id ? "" : " unsaved"}`, style: sides(row, label) }, element("span", { className: "region-name" }, row.problem ? t("{class}, not saved", { class: name }) : words));
    if (row.mine) box.append(element("button", { type: "button", className: "region-off", "aria-label": t("Take region {n} back: {class}", { n: place + 1, class: name }), onclick: () => this.remove(row) }, "×"));
    return box;
  }
}

function sides({ left, top, width, height }, label) {
  const percent = (part) => `${part * 100}%`;
  return { left: percent(left), top: percent(top), width: percent(width), height: percent(height), "--c": label?.colour ?? "currentColor" };
}
