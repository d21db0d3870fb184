// Where one looks: the middle of the canvas in the units of the map, and CSS pixels a unit.

const CLOSEST = 4000; // times the scale at which all of it is seen
const MANY = 50_000; // points that are as small as can be where all of them are seen

export class View {
  constructor(bounds, points) {
    this.bounds = bounds;
    // The fewer, the more room each has: 2.5 for many, 5.5 for some hundreds.
    this.smallest = 2.5 + 1.5 * Math.min(2, Math.max(0, Math.log10(MANY / Math.max(1, points))));
    this.width = this.height = 1;
    this.fit();
  }

  resize(width, height) {
    const seen = this.all;
    [this.width, this.height] = [Math.max(1, width), Math.max(1, height)];
    if (seen) this.fit();
  }

  fit() {
    const { left, right, bottom, top } = this.bounds;
    this.x = (left + right) / 2;
    this.y = (bottom + top) / 2;
    const room = 0.94;
    this.whole = room * Math.min(this.width / (right - left || 1), this.height / (top - bottom || 1));
    this.scale = this.whole;
    this.all = true;
  }

  get zoom() {
    return this.scale / this.whole;
  }

  // A canvas point in units of the map, and back.
  at(px, py) {
    return [this.x + (px - this.width / 2) / this.scale, this.y - (py - this.height / 2) / this.scale];
  }

  to(x, y) {
    return [(x - this.x) * this.scale + this.width / 2, this.height / 2 - (y - this.y) * this.scale];
  }

  move(dx, dy) {
    this.x -= dx / this.scale;
    this.y += dy / this.scale;
    this.all = false;
  }

  // The point under (px, py) stays where it is.
  nearer(factor, px = this.width / 2, py = this.height / 2) {
    const [x, y] = this.at(px, py);
    this.scale = Math.min(Math.max(this.scale * factor, this.whole / 2), this.whole * CLOSEST);
    this.x = x - (px - this.width / 2) / this.scale;
    this.y = y + (py - this.height / 2) / this.scale;
    this.all = false;
  }

  // CSS pixels across a point: small where many lie together, larger when one comes near.
  get size() {
    return Math.min(14, this.smallest + 1.3 * Math.log2(Math.max(1, this.zoom)));
  }
}
