// Fingers and dragging on the stage: one pointer pans a zoomed picture or swipes a whole one, two pinch.

export class Touch {
  // onSwipe: null where sideways means nothing, and a finger on a whole picture scrolls the page.
  constructor(stage, viewer, onSwipe) {
    Object.assign(this, { stage, viewer, onSwipe });
    this.points = new Map();
    this.swipe = null;
    stage.addEventListener("pointerdown", (event) => this.down(event));
    stage.addEventListener("pointermove", (event) => this.move(event));
    // Otherwise the browser takes a quick swipe for a fling, and eats the tap that follows within half a second.
    stage.addEventListener("touchmove", (event) => this.ours && event.preventDefault(), { passive: false });
    for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, (event) => this.up(event));
  }

  get ours() {
    return this.onSwipe !== null || this.viewer.zoomed || this.points.size > 1;
  }

  down(event) {
    if (event.button !== 0 || event.target.closest("button, a")) return;
    this.stage.setPointerCapture(event.pointerId);
    this.points.set(event.pointerId, this.viewer.at(event));
    const alone = this.onSwipe !== null && this.points.size === 1 && event.pointerType === "touch" && !this.viewer.zoomed;
    if (!alone && this.swipe) this.onSwipe(0, false);
    this.swipe = alone ? { from: this.viewer.at(event), dx: 0 } : null;
    if (this.viewer.zoomed) this.stage.classList.add("dragging");
  }

  move(event) {
    const before = this.points.get(event.pointerId);
    if (!before) return;
    const now = this.viewer.at(event);
    if (this.points.size === 2) this.pinch(event.pointerId, before, now);
    else if (this.swipe) this.drag(now);
    else if (this.viewer.zoomed) this.viewer.panBy(now.x - before.x, now.y - before.y);
    this.points.set(event.pointerId, now);
  }

  pinch(id, before, now) {
    const [other] = [...this.points].filter(([key]) => key !== id).map(([, point]) => point);
    const distance = (point) => Math.max(1, Math.hypot(point.x - other.x, point.y - other.y));
    const middle = (point) => ({ x: (point.x + other.x) / 2, y: (point.y + other.y) / 2 });
    const [from, to] = [middle(before), middle(now)];
    this.viewer.panBy(to.x - from.x, to.y - from.y);
    this.viewer.zoomTo(this.viewer.scale * (distance(now) / distance(before)), to);
  }

  drag(now) {
    const dx = now.x - this.swipe.from.x;
    const dy = now.y - this.swipe.from.y;
    // Mostly downwards is not a swipe.
    this.swipe.dx = Math.abs(dx) > Math.abs(dy) ? dx : 0;
    this.onSwipe(this.swipe.dx, false);
  }

  up(event) {
    if (!this.points.delete(event.pointerId)) return;
    this.stage.classList.remove("dragging");
    if (!this.swipe) return;
    const { dx } = this.swipe;
    this.swipe = null;
    this.onSwipe(event.type === "pointercancel" ? 0 : dx, true);
  }
}
