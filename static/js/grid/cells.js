// Thumbnails as elements that are made, loaded and decoded ahead of time and put on the table all at once.

import { t } from "../i18n.js";
import { element } from "../review/render.js";
import { LEFT } from "./table.js";

const THUMB = 320; // px, the long side of the small copies
const ENLARGED = 1.5; // as much as they may be enlarged before the large copy is shown instead

export class Cells {
  constructor(classes) {
    this.classes = classes;
    this.cells = new Map(); // candidate id -> {item, node, image, badge, ready, state}
    this.large = false;
  }

  // height: px of the box that a picture will have.
  drawnAt(height) {
    this.large = height * devicePixelRatio > THUMB * ENLARGED;
  }

  // What is on the table now, then what comes after it; the rest is forgotten.
  keep(now, next) {
    const ids = new Set([...now, ...next].map((item) => item.id));
    for (const [id, cell] of this.cells) {
      if (ids.has(id)) continue;
      if (cell.state === "loading") cell.image.src = ""; // stops the transfer
      this.cells.delete(id);
    }
    for (const item of now) this.get(item, "high");
    for (const item of next) this.get(item, "low");
  }

  // What could not be loaded ahead of time is tried once more when its turn comes.
  retry(items) {
    for (const { id } of items) if (this.cells.get(id)?.state === "failed") this.cells.delete(id);
  }

  get(item, priority = "high") {
    const known = this.cells.get(item.id);
    if (known) return known;
    const image = element("img", { alt: "", draggable: false, decoding: "async", fetchPriority: priority, width: item.width, height: item.height });
    const badge = element("span", { className: "badge", hidden: true });
    const sure = element("i", { className: "sure", style: { "--share": (item.guess?.confidence ?? 0).toFixed(4) } });
    const print = element("span", { className: "print", style: { "--ratio": (item.width / item.height).toFixed(4) } }, image, sure, badge);
    const node = element("div", { className: "cell", role: "option", id: `cell-${item.id}`, tabIndex: -1, "data-id": String(item.id) }, print);
    const cell = { item, node, image, badge, state: "loading" };
    image.src = this.large ? item.review : item.thumb;
    cell.ready = image.decode().then(
      () => (cell.state = "ready"),
      () => {
        cell.state = "failed";
        node.classList.add("failed");
      },
    );
    this.cells.set(item.id, cell);
    return cell;
  }

  // said: null (will be confirmed as `label`), "left", or the key of another class.
  describe(item, said, label, selected) {
    const { node, badge } = this.get(item);
    const other = said && said !== LEFT ? this.classes.get(said) : null;
    node.dataset.mark = other ? "other" : (said ?? "sure");
    node.style.setProperty("--c", (other ?? this.classes.get(label)).colour);
    node.setAttribute("aria-checked", String(!said));
    node.setAttribute("aria-selected", String(selected));
    node.setAttribute("aria-label", this.words(item, said, label));
    badge.hidden = !said;
    if (other) badge.replaceChildren(element("kbd", {}, other.key), element("span", {}, other.name));
    else badge.replaceChildren(said ? "–" : "");
  }

  words(item, said, label) {
    const share = Math.floor((item.guess?.confidence ?? 0) * 100);
    const values = { title: item.title, share, class: this.classes.get(label).name };
    if (said === LEFT) return t("{title}: left for the single view", values);
    if (said) return t("{title}: given {class}", { ...values, class: this.classes.get(said)?.name ?? said });
    return t("{title}, {share} % {class}", values);
  }
}
