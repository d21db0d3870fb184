// What to lay beside the picture: the dialog that asks, and the pictures that follow from the answer.

import { t } from "../i18n.js";

const dialog = document.querySelector("dialog[data-beside]");
const KEY = "vasculum-compare";
const KINDS = ["next", "said", "class", "counter"];
const LEAST = 2;
const MOST = 4;

// What was chosen last in this browser.
export function remembered() {
  try {
    const { kind, count } = JSON.parse(localStorage.getItem(KEY)) ?? {};
    if (KINDS.includes(kind) && count >= LEAST && count <= MOST) return { kind, count, label: null };
  } catch {
    // storage is switched off, or holds something else
  }
  return { kind: "next", count: LEAST, label: null };
}

export function remember({ kind, count }) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ kind, count }));
  } catch {
    // then it lasts as long as the page
  }
}

// suggested: name of the class, or null where there is none, or none to be told. Answers {kind, count, label}, or
// null where it was left. label: the class whose letter was pressed, null for the one that is suggested.
export function ask({ kind, count, suggested, classes }) {
  if (dialog.open) return Promise.resolve(null);
  let chosen = null;
  let number = count;
  const sizes = [...dialog.querySelectorAll("[data-count]")];
  const size = (wanted) => {
    number = Math.min(Math.max(wanted, LEAST), MOST);
    for (const button of sizes) button.setAttribute("aria-pressed", String(Number(button.dataset.count) === number));
  };
  const take = (what, label = null) => {
    chosen = { kind: what, count: number, label };
    dialog.close();
  };
  for (const place of dialog.querySelectorAll("[data-suggested]")) place.textContent = suggested ?? t("by a letter");
  const kinds = [...dialog.querySelectorAll("[data-kind]")];
  for (const button of kinds) {
    button.disabled = !suggested && ["class", "counter"].includes(button.dataset.kind);
    button.onclick = () => take(button.dataset.kind);
  }
  for (const button of sizes) button.onclick = () => size(Number(button.dataset.count));
  dialog.onclick = (event) => event.target === dialog && dialog.close();
  dialog.onkeydown = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const free = kinds.filter((button) => !button.disabled);
    if (/^[1-4]$/.test(event.key)) kinds[Number(event.key) - 1].click();
    else if (event.key === "+" || event.key === "-") size(number + (event.key === "+" ? 1 : -1));
    else if (way) free.at((free.indexOf(document.activeElement) + way) % free.length).focus();
    else if (/^[a-z]$/i.test(event.key) && classes.has(event.key.toUpperCase())) take(event.shiftKey ? "counter" : "class", classes.get(event.key.toUpperCase()));
    else return;
    event.preventDefault();
    event.stopPropagation(); // the dialog is closed by now, and the page must not take the letter for an answer
  };
  size(count);
  dialog.showModal();
  (kinds.find((button) => button.dataset.kind === kind && !button.disabled) ?? kinds[0]).focus();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(chosen), { once: true }));
}

// Pictures to compare `item` with, or words that say why there are none. label: of the class, if any.
export function besides({ kind, item, history, classes, label, pictures }) {
  if (kind === "said") {
    const rows = history.map(({ vote, item: picture }) => ({ ...picture, words: classes.of(vote)?.name ?? (vote.kind === "skip" ? t("Skipped") : t("Flagged")) }));
    return { rows: rows.reverse(), why: t("You have judged nothing yet.") };
  }
  if (!label) return { rows: [], why: item.blind ? t("It is judged blind. Compare with what the guidelines show of a class: its letter in the list (C).") : t("No class is suggested: choose one by its letter in the list (C).") };
  if (!pictures) return { rows: [], why: t("Looking for pictures of {class}.", { class: label.name }) };
  const counter = kind === "counter";
  const words = counter ? t("not {class}", { class: label.name }) : label.name;
  const guide = counter ? pictures.counters : pictures.examples;
  // A blind vote is measured against others: only what everybody is shown of a class may stand beside it.
  const rows = [...guide, ...(counter || item.blind ? [] : pictures.decided)].filter((picture) => picture.review !== item.review);
  return {
    rows: rows.map((picture) => ({ ...picture, words: [words, picture.caption].filter(Boolean).join(": ") })),
    why: counter ? t("The guidelines show nothing that is taken for {class}.", { class: label.name }) : t("There is no picture of {class} to show yet.", { class: label.name }),
  };
}
