// Key caps on buttons and in the list of keys, when classes have taken or given back a letter.

import { element } from "./render.js";

const capsOf = (caps) => caps.flatMap((cap, place) => (place ? [" ", element("kbd", {}, cap)] : [element("kbd", {}, cap)]));

export function drawKeyboard({ caps, rows }) {
  for (const button of document.querySelectorAll("[data-do]")) {
    const cap = button.querySelector("kbd");
    if (cap && caps[button.dataset.do]) cap.textContent = caps[button.dataset.do];
  }
  const lines = rows.map(([signs, words]) => element("div", { "data-key-row": "" }, element("dt", {}, ...capsOf(signs)), element("dd", {}, words)));
  const list = document.querySelector("[data-help] dl");
  for (const row of list.querySelectorAll("[data-key-row]")) row.remove();
  list.firstElementChild.after(...lines);
}
