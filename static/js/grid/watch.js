// How long the page on the table was looked at: since it was painted, without the time in the background.

export class Watch {
  constructor() {
    this.start();
    document.addEventListener("visibilitychange", () => {
      const now = performance.now();
      if (document.visibilityState === "visible") this.away += now - (this.left ?? now);
      this.left = document.visibilityState === "visible" ? null : now;
    });
  }

  start() {
    this.since = performance.now();
    this.away = 0;
    this.left = document.visibilityState === "visible" ? null : this.since;
  }

  get spent() {
    return performance.now() - this.since - this.away;
  }
}
