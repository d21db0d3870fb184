// Which pictures a key is meant for: the one in focus, or the range from where Shift was first held to it.

export class Cursor {
  constructor() {
    this.clear();
  }

  clear() {
    this.at = null; // place on the table, null for none
    this.anchor = null;
  }

  // Set it down; `extend` keeps the other end of the range.
  to(place, extend = false) {
    if (!extend) this.anchor = null;
    else if (this.anchor === null) this.anchor = this.at ?? place;
    this.at = place;
  }

  // One step over `count` pictures in `columns`; the first step begins at the first picture.
  move(direction, columns, count, extend) {
    if (!count) return;
    if (this.at === null) return this.to(0);
    const step = { left: -1, right: 1, up: -columns, down: columns }[direction];
    const next = this.at + step;
    // Down from above a last row that is short: its end. No step leaves the table.
    const short = direction === "down" && next >= count && Math.floor(this.at / columns) < Math.floor((count - 1) / columns);
    if (short) this.to(count - 1, extend);
    else if (next >= 0 && next < count) this.to(next, extend);
  }

  // Places of the range, in order.
  get places() {
    if (this.at === null) return [];
    const [first, last] = [this.at, this.anchor ?? this.at].sort((a, b) => a - b);
    return Array.from({ length: last - first + 1 }, (_, place) => first + place);
  }
}
