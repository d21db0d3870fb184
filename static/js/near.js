// Pairs and outliers by keyboard: the arrows (or J K) move, a letter presses the button that says so (in the one
// in hand), S moves on where it presses nothing, U takes back.

const all = [...document.querySelectorAll("[data-pair]")];
let here = Math.max(0, all.findIndex((each) => each.classList.contains("now")));

// The one in hand, and the one clear button.
function mark() {
  all.forEach((each, index) => {
    each.classList.toggle("now", index === here);
    each.querySelector("[data-key]")?.classList.toggle("primary", index === here);
  });
}

function show() {
  mark();
  all[here].focus({ preventScroll: true });
  all[here].scrollIntoView({ block: "nearest" });
}

function move(by) {
  const to = here + by;
  if (to < 0 || to >= all.length) return;
  here = to;
  show();
}

function press(button) {
  if (!button || button.disabled) return false;
  button.form.requestSubmit(button);
  button.form.addEventListener("submit", (event) => event.preventDefault()); // once is enough
  return true;
}

const MOVES = { arrowdown: 1, j: 1, arrowup: -1, k: -1 };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && !event.key.startsWith("Arrow")) return;
  if (event.target.closest("input:not([type=hidden]), select, textarea")) return;
  const key = event.key.toLowerCase();
  if (key === "u") {
    if (press(document.querySelector("[data-undo]"))) event.preventDefault();
    return;
  }
  if (!all.length) return;
  if (key in MOVES) move(MOVES[key]);
  else if (!press(all[here].querySelector(`[data-key="${CSS.escape(key)}"]`))) {
    if (key !== "s") return;
    move(1);
  }
  event.preventDefault();
});

// The hand may also have gone there by pointer or Tab.
document.addEventListener("focusin", (event) => {
  const index = all.indexOf(event.target.closest("[data-pair]"));
  if (index < 0 || index === here) return;
  here = index;
  mark();
});

// The buttons of the first one, too, are in view and not below the bar.
if (all.length) show();
document.documentElement.dataset.keys = "on"; // from here on a key is heard
