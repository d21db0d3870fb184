// What a swipe would do, in words over the picture while the finger is still down.

import { t } from "../i18n.js";

const FAR = 90; // px of travel that count

export class SwipeHint {
  constructor(box, { confirm, skip }) {
    Object.assign(this, { box, confirm, skip });
  }

  // suggestion: name of the class that a swipe to the right confirms, or null.
  move(dx, ended, suggestion) {
    const reached = Math.abs(dx) >= FAR;
    if (ended || !dx) {
      this.box.removeAttribute("data-side");
      if (!ended || !reached) return;
      return dx > 0 ? this.confirm() : this.skip();
    }
    this.box.dataset.side = dx > 0 ? "right" : "left";
    this.box.classList.toggle("reached", reached);
    this.box.textContent = dx > 0 ? (suggestion ?? t("No suggestion")) : t("Skip");
    this.box.style.setProperty("--travel", Math.min(1, Math.abs(dx) / FAR).toFixed(2));
  }
}
