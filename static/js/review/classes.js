// The classes of the project as they are called now, and their buttons. A lead may change them while somebody
// judges: votes name a class by its id, so nothing that was said changes its meaning.

import { t } from "../i18n.js";
import { element } from "./render.js";

export class Classes {
  constructor(rows) {
    this.moved = new Map(); // letter -> what it stood for until a moment ago
    this.take(rows);
  }

  take(rows) {
    this.rows = rows;
    this.byKey = new Map(rows.map((label) => [label.key, label]));
    this.byId = new Map(rows.map((label) => [label.id, label]));
  }

  has(key) {
    return this.byKey.has(key);
  }

  get(key) {
    return this.byKey.get(key);
  }

  of(vote) {
    return this.byId.get(vote.label_id) ?? this.byKey.get(vote.label);
  }

  // Takes the rows as they are now. Answers a function from keys before to the classes now, and what changed in words.
  change(rows) {
    const before = this.byKey;
    const old = this.byId;
    this.take(rows);
    for (const [key, label] of this.byKey) {
      const was = before.get(key);
      if (was && was.id !== label.id) this.moved.set(key, was.id);
    }
    const words = rows.map((label) => told(old.get(label.id), label)).filter(Boolean);
    return { now: (key) => this.byId.get(before.get(key)?.id), words: words.join(" ") };
  }

  // A letter that meant another class until now is held back once: the finger may have been on its way.
  heldBack(key) {
    const was = this.byId.get(this.moved.get(key));
    this.moved.delete(key);
    return was ? t("{key} is {class} now; it was {other}. Press it again to say {class}.", { key, class: this.get(key).name, other: was.name }) : "";
  }

  draw(box) {
    box.replaceChildren(
      ...this.rows.map(({ key, name, colour }) =>
        element(
          "button",
          { type: "button", className: "class", "data-class": key, "aria-describedby": "definition", style: { "--c": colour } },
          element("kbd", {}, key),
          element("span", {}, name),
          element("i", { className: "full", "aria-hidden": "true" }),
        ),
      ),
    );
  }

  meanings(list) {
    list.replaceChildren(...this.rows.map(({ name, definition }) => element("div", {}, element("dt", {}, name), element("dd", {}, definition))));
  }
}

function told(before, { name, key }) {
  if (!before || (before.name === name && before.key === key)) return "";
  if (before.name === name) return t("{class} has the key {key}.", { class: name, key });
  if (before.key === key) return t("{old} is called {class}.", { old: before.name, class: name });
  return t("{old} is called {class} and has the key {key}.", { old: before.name, class: name, key });
}
