// One of the pictures that lie side by side: its stage, and the line below it.

import { t } from "../i18n.js";
import { element } from "./render.js";
import { Viewer } from "./viewer.js";

export class Pane {
  item = null;
  shownAt = null;
  factor = 1; // how much larger it is shown than the others, where zoom is linked and pixels are to be of one size

  constructor(place, { onMove, onSwipe }) {
    this.stage = element("div", { className: "stage" });
    this.note = element("p", { className: "pane-note", hidden: true });
    this.words = element("p", { className: "pane-words" });
    this.stage.append(this.note);
    this.number = element("kbd", {}, String(place + 1));
    this.node = element("div", { className: "pane", tabIndex: 0, role: "group", "data-pane": place }, this.stage, this.words);
    this.viewer = new Viewer(this.stage, { onSwipe, onMove: () => onMove(this) });
  }

  // item: with `waits` where it is to be judged, and `words`. picture: as of Pictures.get. since: when it was
  // painted, where it was on the screen before.
  show(item, picture, since = null) {
    this.label(item);
    if (this.item && item.review === this.item.review) return void (this.item = item);
    this.item = item;
    this.shownAt = null;
    this.factor = 1;
    const paint = () => {
      this.note.hidden = true;
      this.viewer.show(picture.image, item);
      requestAnimationFrame(() => {
        if (this.item?.review !== item.review) return;
        this.shownAt = since ?? performance.now();
        this.node.dataset.shown = item.id ?? item.title;
      });
    };
    delete this.node.dataset.shown;
    if (picture.state === "ready") return paint();
    this.viewer.clear();
    picture.ready.then((good) => {
      if (this.item?.review !== item.review) return;
      if (good) paint();
      else this.say(t("The picture cannot be loaded."));
    });
  }

  empty(words) {
    this.item = null;
    this.shownAt = null;
    delete this.node.dataset.shown;
    this.node.setAttribute("aria-label", words);
    this.node.classList.remove("waits");
    this.words.replaceChildren(this.number, "\u00a0");
    this.viewer.clear();
    this.say(words);
  }

  say(words) {
    this.note.textContent = words;
    this.note.hidden = false;
  }

  label({ title, words, waits }) {
    this.node.classList.toggle("waits", waits);
    this.node.setAttribute("aria-label", `${title}. ${words}`);
    this.words.replaceChildren(this.number, element("strong", {}, title), element("span", {}, ` ${words}`));
  }
}
