// What is said over the page, and to who listens.

const TOAST = 7000;
const LOADING = 300; // ms until it is said that pictures are loading

export class Notes {
  constructor({ toast, note, said }) {
    Object.assign(this, { box: toast, note, said, timer: null, slow: null });
  }

  say(words) {
    this.said.textContent = words;
  }

  toast(words) {
    this.box.textContent = words;
    this.box.hidden = false;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.box.hidden = true), TOAST);
  }

  // Said only where the pictures take a while.
  loading(words) {
    this.loaded();
    this.slow = setTimeout(() => {
      this.note.textContent = words;
      this.note.hidden = false;
    }, LOADING);
  }

  loaded() {
    clearTimeout(this.slow);
    this.note.hidden = true;
  }
}
