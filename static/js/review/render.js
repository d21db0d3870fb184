// From state to page. Text goes in as text, never as markup.

import { number, t, tn } from "../i18n.js";

export { number };

const SHOWN = 5;

const share = (p) => (p >= 0.995 && p < 1 ? "> 99 %" : `${Math.round(p * 100)} %`);

export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "style") for (const [key, text] of Object.entries(value)) node.style.setProperty(key, text);
    else if (name.includes("-") || name === "role") node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// The three best guesses. Always three rows, so that nothing below them moves.
export function suggestions(box, item, classes, can) {
  const best = item?.prediction?.best ?? [];
  if (item?.blind) {
    box.replaceChildren(
      element("p", { className: "no-suggestion" }, element("strong", {}, t("Judge it blind: no suggestion this time.")), ` ${t("So it can be told how much suggestions lead. Choose a class by its letter.")}`),
      hints(item),
    );
    return;
  }
  if (item && !best.length) {
    const how = can.lead
      ? t("Start a pre-classification on the project page, or choose a class by its letter; every key works.")
      : t("Choose a class by its letter; every key works.");
    box.replaceChildren(
      element("p", { className: "no-suggestion" }, element("strong", {}, t("No model has looked at this picture.")), ` ${how}`),
      hints(item),
    );
    return;
  }
  const rows = best.map((guess, place) =>
    element(
      "button",
      { type: "button", className: "suggestion", "data-class": guess.key, "data-suggestion": place, "aria-describedby": "definition", style: { "--c": classes.get(guess.key).colour, "--share": guess.p } },
      element("kbd", {}, String(place + 1)),
      element("span", { className: "suggestion-name" }, guess.name),
      element("span", { className: "suggestion-share tabular" }, share(guess.p)),
      element("i", { className: "suggestion-bar", "aria-hidden": "true" }),
      place === 0 ? element("span", { className: "suggestion-enter", "aria-hidden": "true" }, "⏎") : null,
    ),
  );
  box.replaceChildren(...rows, hints(item));
}

// What came with the picture and what its pixels say. Words only: no key and no click chooses them. The line is
// there without hints, too, so that nothing below it moves.
function hints(item) {
  const parts = (item?.hints ?? []).map((hint) => element("span", { "data-hint": hint.kind }, hint.text));
  if (item?.question) return element("p", { className: "hints question", title: item.question }, element("strong", {}, `${t("The lead asks:")} `), item.question);
  return element("p", { className: "hints" }, ...parts);
}

const askKey = () => document.querySelector('[data-commands] [data-do="ask"] kbd').textContent;

export function caption(box, item) {
  if (!item) return box.replaceChildren("\u00a0");
  const link = (href, text, outside = false) => {
    const node = element("a", { href }, text);
    if (outside) Object.assign(node, { target: "_blank", rel: "noopener noreferrer" });
    return node;
  };
  const parts = [
    element("strong", {}, item.title),
    item.name ? element("i", {}, item.name) : null,
    link(item.source.url, item.source.name),
    item.licence.url ? link(item.licence.url, item.licence.short, true) : item.licence.short,
    item.rights_holder || null,
    item.page ? link(item.page, `${t("source page")} ↗`, true) : null,
    link(item.record, t("all about it")),
    item.comments ? element("button", { type: "button", className: "remarks", "data-do": "ask" }, tn("1 remark ({key})", "{n} remarks ({key})", item.comments, { key: askKey() })) : null,
  ].filter(Boolean);
  box.replaceChildren(...parts.flatMap((part, place) => (place ? [element("span", { className: "dot-between", "aria-hidden": "true" }, " · "), part] : [part])));
}

// pictures: {shows, not}, some that show the class and what is taken for it.
export function definition(box, label, decided, target, pictures) {
  if (!label) return box.replaceChildren();
  const words = t("{decided} of {target} decided", { decided: decided[label.key] ?? 0, target });
  const plate = (picture, not) => {
    const words = picture.caption || (not ? t("Not {class}", { class: label.name }) : t("Example of {class}", { class: label.name }));
    const image = element("img", { src: picture.thumb, alt: not ? t("Not {class}: {words}", { class: label.name, words: picture.caption || picture.title }) : words, title: words, loading: "lazy" });
    return element("figure", { className: not ? "example not" : "example" }, image, not ? element("span", { className: "sign", "aria-hidden": "true" }, "≠") : null);
  };
  const examples = [...pictures.shows.map((picture) => plate(picture, false)), ...pictures.not.map((picture) => plate(picture, true))];
  box.replaceChildren(
    element("h2", {}, element("span", { className: "swatch", style: { "--c": label.colour } }), ` ${label.name}`),
    element("p", {}, label.definition || t("No definition is written yet.")),
    element("p", { className: "small tabular" }, element("a", { href: label.rows, target: "_blank" }, words)),
    element("div", { className: "examples" }, ...examples),
  );
}

export function progress(box, label, decided, target) {
  const bar = box.querySelector("progress");
  bar.value = target ? Math.min(1, (decided[label?.key] ?? 0) / target) : 0;
  bar.style.setProperty("--c", label?.colour ?? "");
  box.querySelector("[data-progress-words]").textContent = fill(label, decided, target);
}

function fill(label, decided, target) {
  return label ? `${label.name} ${number(decided[label.key] ?? 0)} / ${number(target)}` : "";
}

// How full each class is, as the line under its button.
export function fills(buttons, decided, target) {
  for (const button of buttons) {
    const part = target ? Math.min(1, (decided[button.dataset.class] ?? 0) / target) : 0;
    button.style.setProperty("--full", part.toFixed(4));
  }
}

const WORDS = { skip: t("Skipped"), flag: t("Flagged") };

// The last five with what was said. `waiting`: ids of votes that are not saved yet.
export function past(list, history, classes, isWaiting) {
  const rows = history.slice(-SHOWN).map((entry) => {
    const { vote, item } = entry;
    const label = classes.of(vote);
    const said = label?.name ?? WORDS[vote.kind];
    const button = element(
      "button",
      { type: "button", className: isWaiting(vote.id) ? "past waiting" : "past", title: t("{said}: take it back", { said }), "aria-label": t("{title}: {said}. Take it back", { title: item.title, said }), "data-vote": vote.id, style: { "--c": label?.colour ?? "var(--rule-strong)" } },
      element("img", { src: item.thumb, alt: "", width: 48, height: 48 }),
      element("span", { className: "past-said" }, said),
    );
    return element("li", {}, button);
  });
  list.replaceChildren(...rows);
}

export function next(list, ring) {
  list.replaceChildren(...ring.slice(1, SHOWN + 1).map((item) => element("li", {}, element("img", { src: item.thumb, alt: "", width: 48, height: 48 }))));
}

export function saved(box, outbox, signIn) {
  const n = outbox.waiting;
  const waiting = n ? t("{n} waiting", { n }) : "";
  const states = {
    online: n ? [t("saving {n}", { n }), "saving"] : [`${t("saved")} ✓`, "saved"],
    offline: [[t("offline"), waiting].filter(Boolean).join(", "), "offline"],
    server: [[t("server not answering"), waiting].filter(Boolean).join(", "), "offline"],
    database: [[t("the database is down"), waiting].filter(Boolean).join(", "), "offline"],
    disk: [[t("the server’s disk is full"), waiting].filter(Boolean).join(", "), "offline"],
    "signed-out": [[t("signed out"), waiting].filter(Boolean).join(", "), "out"],
    "other-reviewer": [[t("somebody else has signed in"), waiting].filter(Boolean).join(", "), "out"],
    forbidden: [t("you may no longer review"), "out"],
    invalid: [[t("not saved"), waiting].filter(Boolean).join(", "), "out"],
  };
  const [words, state] = states[outbox.link] ?? states.invalid;
  const memory = outbox.queue.durable ? "" : ` (${t("this browser keeps no votes: leave the page open")})`;
  box.dataset.saved = state;
  box.title = outbox.link === "online" ? "" : (outbox.problem ?? "");
  // Signing in elsewhere keeps this page and what waits in it.
  const link = state === "out" && outbox.link !== "invalid" ? element("a", { href: signIn, target: "_blank" }, t("Sign in")) : null;
  box.replaceChildren(words + (n || state === "out" ? memory : ""), link ? " " : "", link ?? "");
}
