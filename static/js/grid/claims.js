// What the grid holds: the pictures on the table, those claimed after them, and the claims that keep both.
//
// Events: "table" (other pictures are on it), "ahead" (other pictures come next), "counts", "notice" (detail: words
// for the reviewer), "empty" (detail: why nothing came).

import { t, tn } from "../i18n.js";
import { newId } from "../review/api.js";

const AHEAD = 1; // pages claimed beyond the one on the table
const MOST = 100; // pictures one request may ask for
const HOLDING = 1000; // ids one request may name
const LOOK_AGAIN = 15000; // ms between looks at an empty table
const AWAY = 10 * 60 * 1000; // ms without a sign of life until pictures are left to others

export class Claims extends EventTarget {
  constructor({ api, outbox, setup, label, size }) {
    super();
    Object.assign(this, { api, outbox, label, size, urls: setup.urls, classesVersion: setup.classesVersion });
    this.items = [];
    this.ahead = [];
    this.counts = null; // class key -> {left, below, single, held}
    this.asking = false;
    this.formerTabs = []; // of classes chosen before; given back when what was said of them has arrived
    this.lastSign = Date.now();
    outbox.addEventListener("change", () => !outbox.waiting && this.freeFormer());
    for (const name of ["probe", "back"]) outbox.addEventListener(name, () => this.more());
    setInterval(() => this.heartbeat(), (setup.claimSeconds * 1000) / 4);
    setInterval(() => !this.items.length && this.more(), LOOK_AGAIN);
  }

  // The person is at work: claims are prolonged, and after a pause looked after at once.
  alive() {
    const away = Date.now() - this.lastSign > AWAY;
    this.lastSign = Date.now();
    if (away) this.heartbeat();
  }

  get held() {
    return [...this.items, ...this.ahead];
  }

  turn(label) {
    this.formerTabs.push(this.api.tab);
    this.api.tab = newId();
    this.label = label;
    this.items = [];
    this.ahead = [];
    if (!this.outbox.waiting) this.freeFormer();
  }

  freeFormer() {
    for (const tab of this.formerTabs.splice(0)) this.api.free(tab).catch(() => {}); // they run out by themselves
  }

  // The pictures stay where they are; only where the page ends changes.
  resize(size) {
    const all = this.held;
    this.size = size;
    this.items = all.slice(0, size);
    this.ahead = all.slice(size);
    this.changed("table");
    this.more();
  }

  // Begin anew, as after the browser brought a left page back.
  restart() {
    this.items = [];
    this.ahead = [];
    this.changed("table");
    return this.more();
  }

  leave() {
    this.api.leave(this.outbox.pending);
    this.freeFormer();
  }

  // The table first, then what comes after it: one page a request.
  async more() {
    if (this.asking || !this.label) return;
    const wanted = Math.min(MOST, this.items.length ? this.size * AHEAD - this.ahead.length : this.size);
    if (wanted <= 0) return;
    this.asking = true;
    const { tab } = this.api;
    let [again, late] = [false, false];
    try {
      const unsent = this.outbox.waiting;
      const { items, queue } = await this.api.claims(this.known().slice(0, HOLDING), wanted, { view: "grid", label: this.label });
      this.outbox.reachable();
      if (tab !== this.api.tab) {
        this.api.free(tab).catch(() => {}); // another class was chosen meanwhile
        again = true;
        return;
      }
      const known = new Set(this.known());
      const fresh = items.filter((item) => !known.has(item.id));
      const wasEmpty = !this.items.length;
      this.ahead.push(...fresh);
      if (wasEmpty) this.items = this.ahead.splice(0, this.size);
      // While votes are on their way the server knows less than this page.
      late = unsent > 0 || this.outbox.waiting > 0;
      if (!this.items.length && queue && !late) await this.explain();
      if (wasEmpty && this.items.length) this.changed("table");
      else if (fresh.length) this.changed("ahead");
      again = fresh.length === wanted; // there may be more
    } catch (problem) {
      this.outbox.unreachable(problem);
    } finally {
      this.asking = false;
    }
    if (again || (late && !this.items.length && !this.outbox.waiting)) await this.more();
  }

  // Held, or judged and not yet sent: not to be given again.
  known() {
    return [...new Set([...this.held.map((item) => item.id), ...this.outbox.candidates()])];
  }

  // What is left of each class, unless votes on their way make it old news.
  async recount() {
    try {
      const unsent = this.outbox.waiting;
      const { tab } = this.api;
      const found = await this.api.get(this.urls.counts, { tab });
      if (unsent || this.outbox.waiting || tab !== this.api.tab) return null;
      this.counts = found.classes;
      this.least = found.least;
      this.dispatchEvent(new Event("counts"));
      return found;
    } catch {
      return null; // the counts stay as they were
    }
  }

  async explain() {
    const found = await this.recount();
    if (found && !this.items.length) this.dispatchEvent(new CustomEvent("empty", { detail: found }));
  }

  async heartbeat() {
    if (!this.held.length || Date.now() - this.lastSign > AWAY) return;
    // Only what was held when asking, and with nothing on its way to the server, can be found to be lost.
    const asked = new Set(this.held.map((item) => item.id).filter((id) => !this.outbox.has(id)));
    const { tab } = this.api;
    try {
      const { held: kept, classes } = await this.api.heartbeat([...asked].slice(0, HOLDING));
      this.outbox.reachable();
      if (tab !== this.api.tab) return;
      if (classes !== this.classesVersion) this.renamed(classes);
      const still = new Set(kept);
      this.drop((id) => asked.has(id) && !still.has(id) && !this.outbox.has(id));
      if (!this.outbox.waiting) this.recount();
    } catch (problem) {
      this.outbox.unreachable(problem);
    }
  }

  drop(unwanted) {
    const lost = this.items.filter((item) => unwanted(item.id)).map((item) => item.id);
    this.items = this.items.filter((item) => !unwanted(item.id));
    this.ahead = this.ahead.filter((item) => !unwanted(item.id));
    if (lost.length) {
      this.notice(tn("1 picture has left the table: it has gone to somebody else.", "{n} pictures have left the table: they have gone to somebody else.", lost.length));
      if (!this.items.length) this.items = this.ahead.splice(0, this.size);
      this.changed("table");
    }
    this.more();
  }

  renamed(version) {
    this.classesVersion = version; // said once
    this.notice(t("The classes have changed: load the page again to see how. What you have said counts for the classes you meant."));
  }

  notice(words) {
    this.dispatchEvent(new CustomEvent("notice", { detail: words }));
  }

  changed(...names) {
    for (const name of names) this.dispatchEvent(new Event(name));
  }
}
