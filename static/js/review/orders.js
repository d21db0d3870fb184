// What comes first for this person: a small dialog; the choice is kept, and the queue begins anew in that order.

import { t } from "../i18n.js";

const dialog = document.querySelector("dialog[data-order]");

export function chooseOrder({ session, say, toast }) {
  if (dialog.open) return;
  dialog.onclick = ({ target }) => {
    const value = target.closest("button[value]")?.value;
    if (!value && target !== dialog) return;
    dialog.close();
    if (value) take(value, { session, say, toast });
  };
  dialog.onkeydown = step;
  dialog.showModal();
  dialog.querySelector("[aria-pressed=true]").focus();
}

// Arrows go from order to order, as in a menu.
function step(event) {
  const way = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!way) return;
  const buttons = [...dialog.querySelectorAll("button[value]")];
  buttons.at((buttons.indexOf(document.activeElement) + way) % buttons.length).focus();
  event.preventDefault();
}

async function take(value, { session, say, toast }) {
  const order = value === "project" ? "" : value;
  try {
    await session.reorder(order);
  } catch (problem) {
    return toast(`${t("The order stays as it was.")} ${problem.message}`);
  }
  for (const button of dialog.querySelectorAll("button[value]")) button.setAttribute("aria-pressed", String(button.value === value));
  const name = dialog.querySelector("[aria-pressed=true] [data-name]").textContent;
  say(t("Order: {order}.", { order: name }));
  toast(t("Order: {order}.", { order: name }));
}
