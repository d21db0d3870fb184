// Tags what is chosen, says how many, and takes the tag off those again that it has just put it on.
import { t } from "../i18n.js";

// ids(): the candidates that are chosen. changed(tag, there): pictures have got the tag or lost it; there: some
// picture still has it. done(): what was asked for is done.
export function tagger(root, { ids, changed, done }) {
  const form = root.querySelector("[data-tag]");
  const said = root.querySelector("[data-tag-said]");
  if (!form) return { focus: () => false, undo: () => false };
  const name = form.elements.name;
  let busy = false;
  let last = null; // { tag, added, undo }

  function say(text, ...more) {
    said.replaceChildren(Object.assign(document.createElement("p"), { textContent: text }), ...more);
  }

  async function ask(address, fields) {
    const csrf = form.elements.csrfmiddlewaretoken.value;
    const body = new URLSearchParams({ csrfmiddlewaretoken: csrf, ...fields });
    const answer = await fetch(address, { method: "POST", body, credentials: "same-origin", headers: { Accept: "application/json" } });
    const found = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(found.refused ?? t("That was not saved. Try it again, or load the page again."));
    return found;
  }

  async function alone(work) {
    if (busy) return;
    busy = true;
    said.setAttribute("aria-busy", "true");
    try {
      await work();
    } catch (error) {
      // What fetch itself says to a cut connection is no sentence for people.
      say(error instanceof TypeError ? t("There is no connection; nothing was changed.") : error.message);
      if (last) said.append(again());
    } finally {
      busy = false;
      said.removeAttribute("aria-busy");
    }
  }

  function again() {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "button", textContent: t("Take the tag off these again") });
    button.addEventListener("click", undo);
    return button;
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    alone(async () => {
      const found = await ask(form.action, { name: name.value, ids: ids().join(",") });
      last = found.added.length ? found : null;
      const list = Object.assign(document.createElement("a"), { className: "button quiet", href: found.list, textContent: t("List all with this tag") });
      say(found.said, ...(last ? [again()] : []), list);
      know(found.tag.name);
      name.value = "";
      changed(found.tag, true);
      done();
    });
  });

  function undo() {
    if (!last) return false;
    alone(async () => {
      const { tag, added, undo: address } = last;
      const found = await ask(address, { ids: added.join(",") });
      last = null;
      say(found.said);
      changed(tag, found.there);
      done();
    });
    return true;
  }

  function know(text) {
    const options = name.list;
    if (![...options.options].some((option) => option.value === text)) options.append(Object.assign(document.createElement("option"), { value: text }));
  }

  return {
    focus() {
      if (root.querySelector("[data-panel]").hidden) return false;
      name.focus();
      return true;
    },
    undo,
  };
}
