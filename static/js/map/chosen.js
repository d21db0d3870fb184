// The panel beside the map: how many pictures are chosen, of which groups, and what can be done with them.
import { number, tn } from "../i18n.js";

const GROUPS = 12; // that are named

// ids(): the candidates that are chosen. clear(): choose none.
export function panel(root, { ids, clear }) {
  const box = root.querySelector("[data-panel]");
  const form = box.querySelector("[data-chosen]");
  const most = Number(box.dataset.most);

  form.addEventListener("submit", () => { form.elements.ids.value = ids().join(","); });
  box.querySelector("[data-clear]").addEventListener("click", clear);

  // marks: one byte a point, 1 where it is chosen.
  return function tell(marks, groups) {
    const counts = new Map();
    let n = 0;
    for (let i = 0; i < marks.length; i += 1) {
      if (!marks[i]) continue;
      n += 1;
      counts.set(groups.codes[i], (counts.get(groups.codes[i]) ?? 0) + 1);
    }
    box.hidden = n === 0;
    box.querySelector("[data-count]").textContent = tn("{n} picture chosen", "{n} pictures chosen", n);
    const largest = [...counts].sort((a, b) => b[1] - a[1]).slice(0, GROUPS);
    box.querySelector("[data-groups]").replaceChildren(...largest.map(([code, count]) => {
      const item = document.createElement("li");
      const swatch = Object.assign(document.createElement("span"), { className: "swatch" });
      swatch.style.setProperty("--c", groups.colours[code]);
      item.append(swatch, ` ${groups.names[code]} `, Object.assign(document.createElement("span"), { className: "tabular muted", textContent: number(count) }));
      return item;
    }));
    for (const button of box.querySelectorAll("[type=submit]")) button.disabled = n > most;
    box.querySelector("[data-many]").hidden = n <= most;
  };
}
