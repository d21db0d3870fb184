// Which class is on the table and how many pictures a page has: chosen above it, kept in the address; the size
// in this browser, too.

import { number, t } from "../i18n.js";
import { element } from "../review/render.js";

const KEY = "vasculum-grid-size";
const USUAL = { desk: 48, phone: 12 };

export function rememberedSize(setup) {
  let kept = null;
  try {
    kept = Number(localStorage.getItem(KEY));
  } catch {
    // storage is switched off: the usual size
  }
  const usual = matchMedia("(max-width: 800px)").matches ? USUAL.phone : USUAL.desk;
  return setup.size ?? (setup.sizes.includes(kept) ? kept : usual);
}

export function remember(label, size) {
  const address = new URL(location.href);
  address.searchParams.set("label", label);
  address.searchParams.set("size", size);
  history.replaceState(history.state, "", address);
  try {
    localStorage.setItem(KEY, size);
  } catch {
    // then the address alone keeps it
  }
}

// The class with most left; the first one where nothing is known.
export function fullest(counts, classes) {
  return classes.map(({ key }) => key).reduce((best, key) => ((counts?.[key]?.left ?? 0) > (counts?.[best]?.left ?? 0) ? key : best));
}

export class Picker {
  constructor(button, list, classes, choose) {
    Object.assign(this, { button, list, classes, choose });
    list.addEventListener("click", (event) => {
      const key = event.target.closest("[data-put]")?.dataset.put;
      if (key) this.put(key);
    });
    list.addEventListener("keydown", (event) => this.step(event));
    list.addEventListener("toggle", (event) => event.newState === "open" && this.list.querySelector("[aria-current]")?.focus());
  }

  get open() {
    return this.list.matches(":popover-open");
  }

  put(key) {
    if (this.open) this.list.hidePopover();
    this.choose(key);
  }

  step(event) {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    const buttons = [...this.list.querySelectorAll("[data-put]")];
    buttons.at((buttons.indexOf(document.activeElement) + by) % buttons.length).focus();
    event.preventDefault();
    event.stopPropagation();
  }

  draw(label, counts) {
    const chosen = this.classes.get(label);
    this.button.replaceChildren(element("span", { className: "swatch", style: { "--c": chosen?.colour ?? "" } }), element("span", {}, chosen?.name ?? t("Choose a class")));
    for (const button of this.list.querySelectorAll("[data-put]")) {
      const { left } = counts?.[button.dataset.put] ?? {};
      button.querySelector("[data-left]").textContent = left === undefined ? "" : number(left);
      button.classList.toggle("none", left === 0);
      if (button.dataset.put === label) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
  }
}
