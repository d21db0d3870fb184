// What the reviewer holds and has said: the ring of claimed pictures (the first is on the screen), the
// history that Backspace walks back, and the claims that keep both theirs.
//
// Events: "current" (another picture is first), "lists" (ring, history or counts changed),
// "notice" (detail: words for the reviewer), "queue" (detail: why nothing came), "classes" (they changed; detail: the
// keys of now).

import { t } from "../i18n.js";
import { newId } from "./api.js";

const FEW = 8; // fewer left than this: ask for more
const REMEMBER = 50;
const LOOK_AGAIN = 15000; // ms between looks at an empty queue
const SOON = 1000; // ms until the first looks again: a page that was left has yet to give back what it held
const AWAY = 10 * 60 * 1000; // ms without a sign of life until pictures are left to others
const A_DAY = 24 * 60 * 60 * 1000;

export class Session extends EventTarget {
  constructor({ api, outbox, setup, classes }) {
    super();
    Object.assign(this, { api, outbox, classes, batch: setup.batch, decided: { ...setup.decided } });
    this.guideline = setup.guideline;
    this.classesVersion = setup.classesVersion;
    this.ring = [];
    this.history = [];
    this.asking = false;
    this.soon = 4; // looks of that kind left
    this.turn = 0; // goes up when what was asked for is no longer wanted
    this.lastSign = performance.now();
    outbox.addEventListener("outcome", (event) => this.outcome(event.detail));
    outbox.addEventListener("probe", () => (this.ring.length < FEW ? this.more() : this.heartbeat()));
    outbox.addEventListener("back", () => this.ring.length < FEW && this.more());
    setInterval(() => this.heartbeat(), (setup.claimSeconds * 1000) / 4);
    setInterval(() => !this.ring.length && this.more(), LOOK_AGAIN);
  }

  get current() {
    return this.ring[0] ?? null;
  }

  // The person is at work: claims are prolonged, and after a pause looked after at once.
  alive() {
    const away = performance.now() - this.lastSign > AWAY;
    this.lastSign = performance.now();
    if (away) this.heartbeat();
  }

  // kind: label | skip | flag. The picture leaves the screen at once; saving goes on behind.
  // The class goes by its id: should it get another key meanwhile, the vote still is for the one that was meant.
  judge({ item = this.current, kind, label = "", reason = "", flag = "", shownAt = null, via = "single" }) {
    this.ring = this.ring.filter((other) => other !== item);
    const milliseconds = shownAt === null ? null : Math.min(Math.round(performance.now() - shownAt), A_DAY);
    const { blind = false, audit = false } = item;
    const seen = { prediction: item.prediction?.id ?? null, guideline: this.guideline, via, blind, audit, milliseconds };
    const vote = { id: newId(), candidate: item.id, kind, label, label_id: this.classes.get(label)?.id ?? null, reason, flag, ...seen };
    this.history.push({ vote, item });
    if (this.history.length > REMEMBER) this.history.shift();
    this.outbox.add(vote);
    this.changed(true);
    if (this.ring.length < FEW) this.more();
  }

  // Take back `entry`, or the newest: its picture is on the screen again.
  undo(entry = this.history.at(-1)) {
    if (!entry) return null;
    this.history = this.history.filter((other) => other !== entry);
    this.outbox.add({ id: newId(), candidate: entry.item.id, kind: "undo", undoes: entry.vote.id });
    this.ring = [entry.item, ...this.ring.filter((item) => item.id !== entry.item.id)];
    this.changed(true);
    return entry;
  }

  outcome({ status, message, before, decided, claimed, state, gold, vote }) {
    if (before !== decided) {
      // A key that is not known here yet is one that the next heartbeat tells of.
      if (before in this.decided) this.decided[before] -= 1;
      if (decided in this.decided) this.decided[decided] += 1;
    }
    if (!vote) return;
    if (status === "refused") {
      this.history = this.history.filter((entry) => entry.vote.id !== vote.id);
      this.notice(message);
    } else if (gold) {
      this.dispatchEvent(new CustomEvent("gold", { detail: gold }));
    } else if (vote.kind === "undo" ? !claimed : state === "decided" && vote.label && this.classes.has(decided) && this.classes.get(decided).id !== vote.label_id) {
      this.notice(message);
    }
    if (!this.ring.length && !this.outbox.waiting) this.more();
    // A picture that could not be given back is not on offer, unless it was judged anew meanwhile.
    if (vote.kind === "undo" && !claimed) this.drop((item) => item.id === vote.candidate);
    this.changed(false);
  }

  async more() {
    if (this.asking) return;
    this.asking = true;
    let late = false;
    try {
      const turn = this.turn;
      const unsent = this.outbox.waiting;
      const holding = [...this.ring.map((item) => item.id), ...this.outbox.candidates()];
      const { items, queue } = await this.api.claims(holding, this.batch);
      this.outbox.reachable();
      const stale = turn !== this.turn; // given back meanwhile: ask anew
      const known = new Set([...this.ring.map((item) => item.id), ...this.outbox.candidates()]);
      const fresh = stale ? [] : items.filter((item) => !known.has(item.id));
      const wasEmpty = !this.ring.length;
      this.ring.push(...fresh);
      // While votes are on their way the counts are not those that the reviewer knows: ask again after them.
      late = stale || unsent > 0 || this.outbox.waiting > 0;
      if (!this.ring.length && queue && !late) this.dispatchEvent(new CustomEvent("queue", { detail: queue }));
      if (fresh.length) this.changed(wasEmpty);
      else if (!this.ring.length && queue?.open > queue?.judged && this.soon-- > 0) setTimeout(() => !this.ring.length && this.more(), SOON);
    } catch (problem) {
      this.outbox.unreachable(problem);
    } finally {
      this.asking = false;
    }
    if (late && !this.ring.length && !this.outbox.waiting) await this.more();
  }

  async heartbeat() {
    if (!this.ring.length || performance.now() - this.lastSign > AWAY) return;
    // Only what was held when asking, and with nothing on its way to the server, can be found to be lost.
    const asked = new Set(this.ring.map((item) => item.id).filter((id) => !this.outbox.has(id)));
    try {
      const { held, decided, classes, class_rows, keyboard } = await this.api.heartbeat([...asked], this.classesVersion);
      this.outbox.reachable();
      if (class_rows && classes !== this.classesVersion) this.renamed(classes, class_rows, keyboard);
      if (!this.outbox.waiting) this.decided = decided;
      const kept = new Set(held);
      const lost = (item) => asked.has(item.id) && !kept.has(item.id) && !this.outbox.has(item.id);
      if (this.current && lost(this.current)) this.notice(t("{title} has gone to somebody else, for it was held too long. Here is the next.", { title: this.current.title }));
      this.drop(lost);
      this.changed(false);
    } catch (problem) {
      this.outbox.unreachable(problem);
    }
  }

  // Everything held here speaks of classes by key; the keys of before become those of now.
  renamed(version, rows, keyboard) {
    this.classesVersion = version;
    const { now, words } = this.classes.change(rows);
    const decided = Object.entries(this.decided).map(([key, count]) => [now(key)?.key, count]);
    this.decided = Object.fromEntries(decided.filter(([key]) => key));
    for (const item of [...this.ring, ...this.history.map((entry) => entry.item)]) rekey(item, now);
    this.dispatchEvent(new CustomEvent("classes", { detail: keyboard }));
    this.notice([t("The classes have changed."), words, t("What you have said counts for the classes you meant.")].filter(Boolean).join(" "));
  }

  // Another order: what is held goes back, and the pictures that come first now are claimed.
  async reorder(order) {
    await this.outbox.flush();
    await this.api.order(order);
    return this.restart();
  }

  // Begin anew, as after the browser brought a left page back.
  restart() {
    this.turn += 1;
    this.ring = [];
    this.changed(true);
    return this.more();
  }

  drop(unwanted) {
    const was = this.current;
    this.ring = this.ring.filter((item) => !unwanted(item));
    if (this.current !== was) this.changed(true);
    if (this.ring.length < FEW) this.more();
  }

  notice(words) {
    this.dispatchEvent(new CustomEvent("notice", { detail: words }));
  }

  changed(another) {
    if (another) this.dispatchEvent(new Event("current"));
    this.dispatchEvent(new Event("lists"));
  }
}

function rekey(item, now) {
  for (const guess of item.prediction?.best ?? []) {
    const label = now(guess.key);
    if (label) Object.assign(guess, { key: label.key, name: label.name });
  }
  if (item.guess) item.guess.key = now(item.guess.key)?.key ?? item.guess.key;
}
