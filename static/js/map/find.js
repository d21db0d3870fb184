// Which point is under the pointer, and which lie within a drawn line.

const CELLS = 256; // along each side

// f: x, y and something else of each point in turn.
export class Finder {
  constructor(points) {
    this.points = points;
    const { f, n } = points;
    let [left, right, bottom, top] = [Infinity, -Infinity, Infinity, -Infinity];
    for (let i = 0; i < n; i += 1) {
      const [x, y] = [f[3 * i], f[3 * i + 1]];
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < bottom) bottom = y;
      if (y > top) top = y;
    }
    this.bounds = n ? { left, right, bottom, top } : { left: 0, right: 1, bottom: 0, top: 1 };
    this.starts = new Uint32Array(CELLS * CELLS + 1);
    const cell = new Uint32Array(n);
    for (let i = 0; i < n; i += 1) {
      cell[i] = this.column(f[3 * i]) + CELLS * this.row(f[3 * i + 1]);
      this.starts[cell[i] + 1] += 1;
    }
    for (let i = 0; i < CELLS * CELLS; i += 1) this.starts[i + 1] += this.starts[i];
    this.order = new Uint32Array(n);
    const next = this.starts.slice();
    for (let i = 0; i < n; i += 1) this.order[next[cell[i]]++] = i;
  }

  column(x) {
    return place(x, this.bounds.left, this.bounds.right);
  }

  row(y) {
    return place(y, this.bounds.bottom, this.bounds.top);
  }

  // The nearest point at most `far` away for which shown(i); -1 where there is none.
  nearest(x, y, far, shown) {
    const { f } = this.points;
    let [best, least] = [-1, far * far];
    for (let row = this.row(y - far); row <= this.row(y + far); row += 1) {
      for (let column = this.column(x - far); column <= this.column(x + far); column += 1) {
        const cell = column + CELLS * row;
        for (let at = this.starts[cell]; at < this.starts[cell + 1]; at += 1) {
          const i = this.order[at];
          const d = (f[3 * i] - x) ** 2 + (f[3 * i + 1] - y) ** 2;
          if (d <= least && shown(i)) [best, least] = [i, d];
        }
      }
    }
    return best;
  }

  // Marks (1) what lies within the polygon [[x, y], …] and is shown; even-odd rule.
  within(polygon, shown) {
    const { f, n } = this.points;
    const found = new Uint8Array(n);
    const xs = polygon.map(([x]) => x);
    const ys = polygon.map(([, y]) => y);
    const [left, right] = [Math.min(...xs), Math.max(...xs)];
    const [bottom, top] = [Math.min(...ys), Math.max(...ys)];
    for (let i = 0; i < n; i += 1) {
      const [x, y] = [f[3 * i], f[3 * i + 1]];
      if (x < left || x > right || y < bottom || y > top || !shown(i)) continue;
      let inside = false;
      for (let a = 0, b = xs.length - 1; a < xs.length; b = a, a += 1) {
        if (ys[a] > y !== ys[b] > y && x < ((xs[b] - xs[a]) * (y - ys[a])) / (ys[b] - ys[a]) + xs[a]) inside = !inside;
      }
      if (inside) found[i] = 1;
    }
    return found;
  }
}

function place(value, low, high) {
  return Math.min(CELLS - 1, Math.max(0, Math.floor(((value - low) / (high - low || 1)) * CELLS)));
}
