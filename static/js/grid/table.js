// What is said of the pictures on the table, and the pages said before.
//
// A picture begins marked: it will be confirmed. `marks` holds the others: "left" (for the single view; saved
// as a skip, so it comes back to this person there and never by the page) or the key of another class.
//
// Events, beside those of Claims: "marks", "history".

import { tn } from "../i18n.js";
import { newId } from "../review/api.js";
import { Claims } from "./claims.js";

const REMEMBER = 480; // pictures of pages that can be taken back
const A_DAY = 24 * 60 * 60 * 1000;

export const LEFT = "left";

export class Table extends Claims {
  constructor(options) {
    super(options);
    this.guideline = options.setup.guideline;
    this.classIds = new Map(options.setup.classes.map((row) => [row.key, row.id]));
    this.marks = new Map();
    this.history = [];
    this.words = [];
    this.heard = false;
    this.outbox.addEventListener("outcome", (event) => this.outcome(event.detail));
    this.outbox.addEventListener("change", () => this.answered());
  }

  // said: null (confirm), "left" or the key of a class; the table's own is the same as null.
  mark(ids, said) {
    for (const id of ids) {
      if (said && said !== this.label) this.marks.set(id, said);
      else this.marks.delete(id);
    }
    this.dispatchEvent(new Event("marks"));
  }

  // How many of the items are confirmed, given another class, left.
  tally(items = this.items, marks = this.marks) {
    const found = { confirmed: 0, other: 0, left: 0 };
    for (const { id } of items) found[!marks.has(id) ? "confirmed" : marks.get(id) === LEFT ? "left" : "other"] += 1;
    return found;
  }

  // Say the page: it goes to the outbox, and the next one is on the table at once.
  // spent: milliseconds that the page was looked at; each vote records an equal share, for nobody can tell how
  // long the eye was on which picture, and the shares of a page add up to the time it took.
  confirm(spent) {
    if (!this.items.length) return null;
    const { items, label } = this;
    const page = newId();
    const milliseconds = Math.min(Math.round(spent / items.length), A_DAY);
    const marks = new Map(items.filter(({ id }) => this.marks.has(id)).map(({ id }) => [id, this.marks.get(id)]));
    const votes = items.map((item) => this.vote(item, page, milliseconds));
    const entry = { page, label, items, votes, marks, refused: new Set() };
    this.history.push(entry);
    while (this.history.length > 1 && this.history.reduce((sum, each) => sum + each.items.length, 0) > REMEMBER) this.history.shift();
    for (const id of marks.keys()) this.marks.delete(id);
    this.count(label, -items.length);
    this.items = this.ahead.splice(0, this.size);
    this.outbox.addAll(votes);
    this.changed("table", "history", "counts");
    this.more();
    return entry;
  }

  // The class goes by its id: should it get another key meanwhile, the vote still is for the one that was meant.
  vote(item, page, milliseconds) {
    const said = this.marks.get(item.id) ?? this.label;
    const { blind = false, audit = false } = item;
    const seen = { prediction: item.prediction?.id ?? null, guideline: this.guideline, blind, audit, milliseconds };
    const word = said === LEFT ? { kind: "skip" } : { kind: "label", label: said, label_id: this.classIds.get(said) };
    return { id: newId(), candidate: item.id, ...word, ...seen, via: "grid", page };
  }

  // Take a whole page back, the last one unless told: it is on the table again with its marks.
  undo(entry = this.history.at(-1)) {
    if (!entry) return null;
    this.history = this.history.filter((other) => other !== entry);
    const votes = entry.votes.filter((vote) => !entry.refused.has(vote.id));
    const ids = new Set(votes.map((vote) => vote.candidate));
    if (entry.label === this.label) this.ahead.unshift(...this.items);
    else this.turn(entry.label); // what was on the table goes back
    this.items = entry.items.filter((item) => ids.has(item.id));
    this.ahead = this.ahead.filter((item) => !ids.has(item.id));
    for (const [id, said] of entry.marks) this.marks.set(id, said);
    this.count(entry.label, this.items.length);
    this.outbox.addAll(votes.map((vote) => ({ id: newId(), candidate: vote.candidate, kind: "undo", undoes: vote.id, via: "grid", page: entry.page })));
    this.changed("table", "history", "counts");
    return entry;
  }

  // Another class. Claims of the old one are given back when what was said of it has arrived.
  choose(label) {
    if (label === this.label) return;
    this.turn(label);
    this.changed("table", "counts");
    this.more();
  }

  outcome({ status, message, claimed, state, decided, vote }) {
    if (!vote) return;
    const entry = this.history.find((each) => each.page === vote.page);
    if (status === "refused") {
      entry?.refused.add(vote.id);
      this.changed("history");
      this.hear(message, false);
    } else if (vote.kind === "undo") {
      if (!claimed) {
        this.items = this.items.filter((item) => item.id !== vote.candidate);
        this.ahead = this.ahead.filter((item) => item.id !== vote.candidate);
        this.changed("table");
        this.hear(message, true);
      }
    } else if (vote.kind === "label" && state === "decided" && decided !== vote.label) this.hear(message, true);
    this.heard = true;
  }

  // Everything that was on its way has been answered.
  answered() {
    if (!this.heard || this.outbox.waiting || this.outbox.sending) return;
    this.heard = false;
    this.tell();
    if (!this.items.length) this.more();
  }

  // What the server says of single votes is told once, when the whole page has been answered.
  hear(message, saved) {
    const known = this.words.find((each) => each.message === message);
    if (known) known.n += 1;
    else this.words.push({ message, saved, n: 1 });
  }

  tell() {
    const words = this.words.splice(0).map(({ message, saved, n }) => (saved ? tn("1 picture: {message}", "{n} pictures: {message}", n, { message }) : tn("1 picture was not saved: {message}", "{n} pictures were not saved: {message}", n, { message })));
    if (words.length) this.notice(words.join(" "));
  }

  count(label, change) {
    if (this.counts?.[label]) this.counts[label].left = Math.max(0, this.counts[label].left + change);
  }
}
