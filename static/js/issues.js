// Lists of issues by keyboard: J K or the arrows move, X chooses, Enter opens. On the page of one picture J
// goes to the next open issue, an @ offers names and Ctrl Enter sends.

import { tn } from "./i18n.js";
import { Names } from "./review/comments_names.js";

const rows = [...document.querySelectorAll("[data-issues] .issue-row")];
const WRITTEN_IN = "input:not([type=checkbox]), select, textarea";

function move(by) {
  const here = document.activeElement?.closest("li")?.querySelector(".issue-row");
  const to = here ? rows.indexOf(here) + by : 0;
  rows[Math.min(Math.max(to, 0), rows.length - 1)]?.focus();
}

function choose() {
  const box = document.activeElement?.closest("li")?.querySelector("input[type=checkbox]");
  if (!box) return false;
  box.click();
  return true;
}

const onward = () => document.querySelector("a[rel=next][href*='/discussion/']");

const KEYS = {
  j: () => (rows.length ? move(1) : onward()?.click()),
  k: () => rows.length && move(-1),
  ArrowDown: () => (rows.length ? move(1) : false),
  ArrowUp: () => (rows.length ? move(-1) : false),
  x: choose,
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest(WRITTEN_IN)) return;
  const act = KEYS[event.key] ?? KEYS[event.key.toLowerCase()];
  if (act && act() !== false) event.preventDefault();
});
document.documentElement.dataset.keys = "on"; // from here on a key is heard

// The button says how many are chosen, and waits until one is.
const button = document.querySelector("[data-chosen]");
if (button) {
  const words = button.textContent;
  const count = () => {
    const chosen = document.querySelectorAll("[data-issues] input:checked").length;
    button.disabled = !chosen;
    button.textContent = chosen ? tn("Close the chosen one", "Close the {n} chosen", chosen) : words;
  };
  button.form.addEventListener("change", count);
  globalThis.addEventListener("pageshow", count); // boxes stay ticked when one comes back
}

for (const place of document.querySelectorAll("[data-names]")) {
  const field = place.querySelector("textarea");
  let everybody = null; // asked for once
  const people = () =>
    (everybody ??= fetch(place.dataset.names, { headers: { Accept: "application/json" } })
      .then((answer) => (answer.ok ? answer.json() : { names: [] }))
      .then(({ names }) => names)
      .catch(() => ((everybody = null), [])));
  const names = new Names(field, people, (words) => (field.form.querySelector("[data-said]").textContent = words));
  field.after(names.list);
  field.addEventListener("keydown", (event) => {
    if (names.key(event)) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) field.form.requestSubmit();
  });
}
