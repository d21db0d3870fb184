// Why no picture is on the table, and the one step from here.

import { t, tn } from "../i18n.js";
import { showEmpty as showQueue } from "../review/empty.js";
import { element } from "../review/render.js";

const sum = (classes, what) => Object.values(classes).reduce((total, row) => total + row[what], 0);

// What of `rows` is judged one by one, and why; "" for nothing.
function alone({ single, below }, least) {
  if (!single) return "";
  const sure = `${Math.round(least * 100)} %`;
  const all = tn("1 more is judged one by one.", "{n} more are judged one by one.", single);
  if (!below) return all;
  const unsure = tn("Of 1 the model is less than {sure} sure, and pages confirm only from there on.", "Of {n} the model is less than {sure} sure, and pages confirm only from there on.", below, { sure });
  return `${all} ${unsure}`;
}

const held = (n) => (n ? tn("1 is in the hands of other reviewers at this moment.", "{n} are in the hands of other reviewers at this moment.", n) : "");

// Answers {title, text, key} for another class, or {title, text, links}.
function reason({ classes, least, predicted }, label, byKey, { urls, can }) {
  const single = [t("Judge one by one"), urls.review];
  const policy = can.lead ? [[t("Change how sure pages must be"), urls.policy]] : [];
  if (!predicted) {
    return {
      title: t("No model has looked at these pictures yet"),
      text: can.lead ? t("The grid shows pictures by what a model takes them for: start a pre-classification first.") : t("The grid shows pictures by what a model takes them for. A lead curator starts that; until then every picture can be judged by itself."),
      links: can.lead ? [[t("Pre-classify"), urls.models], single] : [single],
    };
  }
  const mine = classes[label];
  const [next, row] = Object.entries(classes).sort((a, b) => b[1].left - a[1].left)[0];
  if (row.left) {
    return {
      title: t("Nothing is left of {class}", { class: byKey.get(label).name }),
      text: [held(mine.held), alone(mine, least)].filter(Boolean).join(" "),
      key: next,
      words: tn("{class}: 1 left", "{class}: {n} left", row.left, { class: byKey.get(next).name }),
      links: mine.single ? [single, ...(mine.below ? policy : [])] : [],
    };
  }
  const [others, rest] = [sum(classes, "held"), { single: sum(classes, "single"), below: sum(classes, "below") }];
  if (others) {
    return {
      title: t("Others hold what is left for the grid"),
      text: [held(others), t("What they leave comes here by itself; this page looks again every 15 seconds."), alone(rest, least)].filter(Boolean).join(" "),
      links: [single],
    };
  }
  return {
    title: t("Nothing is left that can be confirmed by the page"),
    text: alone(rest, least) || t("What is open is judged one by one."),
    links: [single, ...(rest.below ? policy : [])],
  };
}

// found: the counts as the server gives them. choose(key): put another class on the table.
export function showEmpty(box, found, label, byKey, setup, choose) {
  if (!found.queue.total || !found.queue.open) return showQueue(box, found.queue, setup);
  const { title, text, key, words, links } = reason(found, label, byKey, setup);
  const steps = links.map(([name, href], place) => element("a", { className: place === 0 && !key ? "button primary" : "button quiet", href }, name));
  if (key) steps.unshift(element("button", { type: "button", className: "button primary", onclick: () => choose(key) }, element("kbd", { "aria-hidden": "true" }, key), words));
  box.replaceChildren(element("h2", {}, title), element("p", {}, text), element("div", { className: "steps" }, ...steps));
  box.hidden = false;
  // The one clear step has the focus, unless the person is elsewhere on the page.
  if (document.activeElement === document.body || box.parentElement.contains(document.activeElement)) steps[0].focus({ preventScroll: true });
}
