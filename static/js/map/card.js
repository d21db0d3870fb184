// The picture under the pointer: its thumbnail and names, beside the point.
import { fetched } from "./data.js";

const WAIT = 60; // ms that the pointer rests before a picture is asked for

export class Cards {
  // address: of what is known about a picture, with /0/ where its number stands.
  constructor(card, canvas, address) {
    Object.assign(this, { card, canvas, address, at: -1, id: 0, known: new Map() });
  }

  about(id) {
    const { known } = this;
    if (!known.has(id)) {
      const asked = fetched(this.address.replace("/0/", `/${id}/`)).then((answer) => answer.json());
      asked.catch(() => known.delete(id));
      known.set(id, asked);
    }
    return known.get(id);
  }

  // The pointer is over point i of the map, or over none (-1).
  over(i, points, view) {
    if (i === this.at) return;
    this.at = i;
    this.canvas.classList.toggle("on-point", i >= 0);
    clearTimeout(this.soon);
    if (i < 0) {
      this.card.hidden = true;
      return;
    }
    this.id = points.u[3 * i + 2];
    this.soon = setTimeout(() => this.show(i, points, view), WAIT);
  }

  async show(i, points, view) {
    const found = await this.about(this.id).catch(() => null);
    if (!found || this.at !== i) return;
    const { card } = this;
    card.href = found.page;
    card.querySelector("img").src = found.thumb;
    card.querySelector("[data-title]").textContent = found.title;
    card.querySelector("[data-label]").textContent = found.label || (found.guess ? `${found.guess}?` : found.state);
    card.querySelector("[data-source]").textContent = found.source;
    card.hidden = false;
    const [px, py] = view.to(points.f[3 * i], points.f[3 * i + 1]);
    const { offsetWidth: width, offsetHeight: height } = card;
    card.style.left = `${px + 16 + width > view.width ? Math.max(0, px - 16 - width) : px + 16}px`;
    card.style.top = `${Math.max(0, Math.min(view.height - height, py - height / 2))}px`;
  }

  open() {
    if (this.at >= 0) this.about(this.id).then(({ page }) => location.assign(page), () => {});
  }

  leave() {
    this.at = -1;
    clearTimeout(this.soon);
    this.card.hidden = true;
  }
}
