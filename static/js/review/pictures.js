// Pictures fetched and decoded ahead of time, so that the next one is painted in the frame after a key press.

const AHEAD = 6;

export class Pictures {
  constructor() {
    this.entries = new Map(); // candidate id -> {item, image, ready, state}
    this.later = new Map(); // candidate id -> image that is fetched, not decoded yet
  }

  // Decode what is about to be shown, and `extra` (the one that Backspace would bring back); fetch what comes
  // after it when nothing more urgent is on its way; forget the rest.
  keep(items, extra = []) {
    const wanted = [...items.slice(0, AHEAD), ...extra];
    const ids = new Set(wanted.map((item) => item.id));
    for (const [id, entry] of this.entries) {
      if (ids.has(id)) continue;
      if (entry.state === "loading") entry.image.src = ""; // stops the transfer
      this.entries.delete(id);
    }
    for (const item of wanted) this.get(item);
    this.fetch(items.slice(AHEAD).filter((item) => !ids.has(item.id)));
  }

  fetch(items) {
    const ids = new Set(items.map((item) => item.id));
    for (const [id, image] of this.later) {
      if (ids.has(id)) continue;
      image.src = "";
      this.later.delete(id);
    }
    for (const item of items) {
      if (this.later.has(item.id)) continue;
      const image = new Image();
      image.fetchPriority = "low";
      image.src = item.review;
      this.later.set(item.id, image);
    }
  }

  // The image that was fetched for later, unless that failed.
  taken(item) {
    const image = this.later.get(item.id);
    this.later.delete(item.id);
    return image && !(image.complete && !image.naturalWidth) ? image : new Image();
  }

  get(item) {
    const known = this.entries.get(item.id);
    if (known && known.state !== "failed") return known;
    const image = this.taken(item);
    image.fetchPriority = "high";
    image.decoding = "async";
    image.draggable = false;
    image.alt = item.title;
    if (!image.src) image.src = item.review;
    const entry = { item, image, state: "loading" };
    entry.ready = image.decode().then(
      () => {
        entry.state = "ready";
        return true;
      },
      () => {
        entry.state = "failed";
        return false;
      },
    );
    this.entries.set(item.id, entry);
    return entry;
  }
}
