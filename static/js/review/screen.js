// The picture on the screen, and what is said of it beside and below.

import { showEmpty, showWaiting } from "./empty.js";
import { shortly } from "./looks.js";
import * as render from "./render.js";
import { t } from "../i18n.js";

export class Screen {
  via = "single";
  shownAt = null; // when the picture was painted; null while it loads
  focus = null; // key of the class under the pointer or the keyboard focus
  about = null; // the picture that the words are about
  due = false; // something is to be done after the next frame
  moved = false; // the pictures ahead are others than those that were fetched
  explained = false; // the empty queue has been explained by the server

  constructor({ parts, root, viewer, pictures, session, outbox, classes, looks, setup }) {
    Object.assign(this, { parts, root, viewer, pictures, session, outbox, classes, looks, setup });
    looks.addEventListener("arrived", () => this.describe());
  }

  get item() {
    return this.session.current;
  }

  home() {
    this.parts.stage.focus({ preventScroll: true });
  }

  show() {
    const item = this.item;
    this.shownAt = null;
    delete this.root.dataset.shown;
    this.root.dataset.state = item ? "ready" : "empty";
    if (item) this.parts.empty.hidden = true;
    this.tell(item);
    this.later(true);
    if (!item) {
      this.viewer.clear();
      return this.waiting();
    }
    const entry = this.pictures.get(item);
    if (entry.state === "ready") return this.paint(entry);
    this.viewer.clear();
    const slow = setTimeout(() => this.note(t("Loading the picture")), 200);
    entry.ready.then((good) => {
      clearTimeout(slow);
      if (this.item !== item) return;
      if (good) this.paint(entry);
      else this.note(t("The picture cannot be loaded."), t("Try again"), () => this.show());
    });
  }

  paint(entry) {
    this.parts.note.hidden = true;
    this.viewer.show(entry.image, entry.item);
    requestAnimationFrame(() => {
      if (this.item?.id !== entry.item.id) return;
      this.shownAt = performance.now();
      this.root.dataset.shown = entry.item.id;
    });
  }

  // After a while, so that it does not flash up before the first pictures.
  waiting() {
    this.explained = false;
    setTimeout(() => {
      if (this.item || this.explained) return;
      this.root.dataset.state = "empty";
      showWaiting(this.parts.empty, this.outbox);
    }, 600);
  }

  explain(queue) {
    this.explained = true;
    this.root.dataset.state = "empty";
    showEmpty(this.parts.empty, queue, this.setup);
  }

  note(words, button = null, act = null) {
    this.parts.note.replaceChildren(words);
    if (button) this.parts.note.append(" ", render.element("button", { type: "button", className: "button", onclick: act }, button));
    this.parts.note.hidden = false;
  }

  // Suggestions, caption and definition are about `item`.
  tell(item) {
    this.about = item;
    this.focus = null;
    render.suggestions(this.parts.suggestions, item, this.classes, this.setup.can);
    render.caption(this.parts.caption, item);
    this.describe();
  }

  describe() {
    const { target } = this.setup.project;
    const label = this.classes.get(this.focus ?? this.about?.prediction?.best?.[0]?.key) ?? this.classes.rows[0];
    const { decided } = this.session;
    render.definition(this.parts.definition, label, decided, target, shortly(this.looks.of(label)));
    render.progress(this.parts.progress, label, decided, target);
  }

  lists(moved = false) {
    this.later(moved);
  }

  // What can wait until the picture is on the screen, once a frame: the lists, and to fetch what comes (`moved`).
  later(moved = false) {
    this.moved ||= moved;
    if (this.due) return;
    this.due = true;
    requestAnimationFrame(() => setTimeout(() => this.afterwards()));
  }

  afterwards() {
    this.due = false;
    if (this.moved) this.pictures.keep(this.session.ring, this.session.history.slice(-1).map((entry) => entry.item));
    this.moved = false;
    this.drawLists();
  }

  drawLists() {
    const { parts, session, outbox, classes } = this;
    const unsent = new Set(outbox.pending.map((vote) => vote.id));
    render.past(parts.past, session.history, classes, (id) => unsent.has(id));
    render.next(parts.next, session.ring);
    render.fills(parts.classes.querySelectorAll("[data-class]"), session.decided, this.setup.project.target);
    document.querySelector('[data-commands] [data-do="undo"]').disabled = !session.history.length;
  }

  status() {
    render.saved(this.parts.saved, this.outbox, this.setup.urls.signIn);
    if (this.root.dataset.state === "empty" && !this.explained && !this.parts.empty.hidden) showWaiting(this.parts.empty, this.outbox);
  }
}
