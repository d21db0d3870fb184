// Pictures fetched and decoded ahead of time, so that the next one is painted in the frame after a key press.

const AHEAD = 6;

export class Pictures {
  constructor() {
    this.entries = new Map(); // candidate id -> {item, image, ready, state}
  }

  // Keep what is about to be shown, and `extra` (the one that Backspace would bring back); forget the rest.
  keep(items, extra = []) {
    const wanted = [...items.slice(0, AHEAD), ...extra];
    const ids = new Set(wanted.map((item) => item.id));
    for (const [id, entry] of this.entries) {
      if (ids.has(id)) continue;
      if (entry.state === "loading") entry.image.src = ""; // stops the transfer
      this.entries.delete(id);
    }
    for (const item of wanted) this.get(item);
  }

  get(item) {
    const known = this.entries.get(item.id);
    if (known && known.state !== "failed") return known;
    const image = new Image();
    image.decoding = "async";
    image.draggable = false;
    image.alt = item.title;
    image.src = item.review;
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
