// After an @ the names that go on as it is written: arrows choose, Enter and Tab take, Escape leaves.

import { t } from "../i18n.js";
import { element } from "./render.js";

const MOST = 6;
const BEGUN = /(?<![\p{L}\p{N}_.@+-])@([\p{L}\p{N}_.@+-]*)$/u; // the sign and what follows it, up to the caret

export class Names {
  // people(): a promise of all names. say(words): to whoever listens instead of looking.
  constructor(field, people, say) {
    Object.assign(this, { field, people, say, found: [], at: 0 });
    this.list = element("ul", { id: "comment-names", className: "comment-names", role: "listbox", "aria-label": t("People to name"), hidden: true });
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", this.list.id);
    field.addEventListener("input", () => this.look());
    field.addEventListener("click", () => this.look());
    field.addEventListener("blur", () => this.close());
    // Pressed, not clicked: the field keeps the focus.
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const row = event.target.closest("li");
      if (row) this.take([...this.list.children].indexOf(row));
    });
  }

  get open() {
    return !this.list.hidden;
  }

  begun() {
    const { value, selectionStart, selectionEnd } = this.field;
    return selectionStart === selectionEnd ? BEGUN.exec(value.slice(0, selectionStart)) : null;
  }

  async look() {
    if (!this.begun()) return this.close();
    const names = await this.people();
    const begun = this.begun(); // more may have been written meanwhile
    if (!begun) return this.close();
    const start = begun[1].toLowerCase();
    const found = names.filter((name) => name.toLowerCase().startsWith(start)).slice(0, MOST);
    if (!found.length || (found.length === 1 && found[0] === begun[1])) return this.close();
    const changed = found.join() !== this.found.join() || !this.open;
    this.found = found;
    if (!changed) return;
    this.at = 0;
    this.draw();
    this.say(t("Names: {names}. Arrows choose, Enter takes.", { names: found.join(", ") }));
  }

  draw() {
    const rows = this.found.map((name, place) => element("li", { id: `comment-name-${place}`, role: "option", "aria-selected": String(place === this.at) }, `@${name}`));
    this.list.replaceChildren(...rows);
    this.list.hidden = false;
    this.field.setAttribute("aria-activedescendant", `comment-name-${this.at}`);
  }

  close() {
    this.list.hidden = true;
    this.field.removeAttribute("aria-activedescendant");
  }

  take(place) {
    const begun = this.begun();
    this.close();
    if (!begun) return;
    const caret = this.field.selectionStart;
    this.field.setRangeText(`@${this.found[place]} `, caret - begun[0].length, caret, "end");
    this.field.dispatchEvent(new Event("input"));
  }

  // Whether the key was for the list.
  key(event) {
    if (!this.open || event.ctrlKey || event.metaKey || event.altKey) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      this.at = (this.at + step + this.found.length) % this.found.length;
      this.draw();
    } else if (event.key === "Enter" || event.key === "Tab") this.take(this.at);
    else if (event.key === "Escape") this.close();
    else return false;
    event.preventDefault();
    return true;
  }
}
