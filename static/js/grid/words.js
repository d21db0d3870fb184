// What the page says: how sure, what is on the table, what became of the last pages.

import { t, tn } from "../i18n.js";
import { element } from "../review/render.js";

const PAGES = 2; // of the last ones

// "97–99 %" of the items, "99 %" where all are.
export function sureness(items) {
  const shares = items.map((item) => Math.floor((item.guess?.confidence ?? 0) * 100));
  const [least, most] = [Math.min(...shares), Math.max(...shares)];
  return least === most ? `${most} %` : `${least}–${most} %`;
}

export function sentence(table, label) {
  const values = { class: label.name, sure: sureness(table.items) };
  return tn("1 predicted {class}, {sure} sure", "{n} predicted {class}, {sure} sure", table.items.length, values);
}

export function left(table) {
  const n = table.counts?.[table.label]?.left;
  if (n === undefined) return "";
  return n <= table.items.length ? t("the last of them") : tn("1 left", "{n} left", n);
}

// The same for who listens.
export function following(table, label) {
  return table.items.length ? `${sentence(table, label)}. ${left(table)}` : t("No more pictures at the moment.");
}

// What a page says, or said: "46 confirmed Ordinary, 2 given another class".
export function said({ confirmed, other, left: alone }, label, refused = 0) {
  return [
    confirmed - refused > 0 ? tn("1 confirmed {class}", "{n} confirmed {class}", confirmed - refused, { class: label.name }) : "",
    other ? tn("1 given another class", "{n} given another class", other) : "",
    alone ? tn("1 left for the single view", "{n} left for the single view", alone) : "",
    refused ? tn("1 not saved", "{n} not saved", refused) : "",
  ]
    .filter(Boolean)
    .join(", ");
}

// The last pages, the newest first; each can be taken back. cap: the key that takes the newest back.
export function strip(list, table, classes, cap) {
  const entries = table.history.slice(-PAGES).reverse();
  list.replaceChildren(
    ...entries.map((entry, place) => {
      const label = classes.get(entry.label);
      const words = said(table.tally(entry.items, entry.marks), label, entry.refused.size);
      const waiting = entry.votes.some((vote) => table.outbox.has(vote.candidate));
      const button = element(
        "button",
        { type: "button", className: "take-back", "data-page": entry.page, "aria-label": t("{said}: take it back", { said: words }) },
        t("Take back"),
        place === 0 && cap ? element("kbd", { "aria-hidden": "true" }, cap) : null,
      );
      return element("li", { className: waiting ? "waiting" : "", style: { "--c": label.colour } }, element("span", { className: "strip-words" }, words), button);
    }),
  );
}

// The big button: what Enter will do.
export function confirming(table, label) {
  const { confirmed, other, left: alone } = table.tally();
  const first = confirmed ? tn("Confirm 1 {class}", "Confirm {n} {class}", confirmed, { class: label.name }) : other ? tn("Save 1 picture", "Save {n} pictures", other) : tn("Leave 1 picture", "Leave all {n}", alone);
  const rest = [
    confirmed && other ? tn("1 given another class", "{n} given another class", other) : "",
    alone && (confirmed || other) ? tn("1 left", "{n} left", alone) : "",
  ];
  return { first, rest: rest.filter(Boolean).join(", ") };
}
