// Groups by keyboard: J K or the arrows move, X selects, Enter keeps, S splits off, R says who stands for it,
// M ticks to join, U undoes, Space enlarges two pictures in one place and flips between them.

const groups = [...document.querySelectorAll("[data-group]")];
const dialog = document.querySelector(".dup-enlarged");
let group = Math.max(0, groups.findIndex((each) => "focus" in each.dataset));
let picture = 0;

const picturesOf = (index) => [...(groups[index]?.querySelectorAll("[data-picture]") ?? [])];
const inGroup = (selector) => groups[group]?.querySelector(selector);

function show({ scroll = true } = {}) {
  for (const each of document.querySelectorAll(".dup.now, .dup-row > .now")) each.classList.remove("now");
  const pictures = picturesOf(group);
  if (!pictures.length) return;
  picture = Math.min(Math.max(picture, 0), pictures.length - 1);
  groups[group].classList.add("now");
  pictures[picture].classList.add("now");
  pictures[picture].querySelector("input").focus({ preventScroll: true });
  if (scroll) {
    groups[group].scrollIntoView({ block: "nearest" });
    const row = pictures[picture].parentElement;
    row.scrollLeft = pictures[picture].offsetLeft - row.offsetLeft - row.clientWidth / 3;
  }
}

function move(by) {
  const to = group + by;
  if (to < 0 || to >= groups.length) return;
  group = to;
  picture = 0;
  show();
}

// Two pictures, one over the other: the one in hand and the first (for the first: the second).
const flipped = { pair: [], other: false };

function enlarge() {
  const pictures = picturesOf(group);
  const across = picture === 0 ? Math.min(1, pictures.length - 1) : 0;
  flipped.pair = [pictures[picture], pictures[across]];
  flipped.other = false;
  dialog.querySelector("[data-one]").src = flipped.pair[0].dataset.src;
  dialog.querySelector("[data-other]").src = flipped.pair[1].dataset.src;
  if (!dialog.open) dialog.showModal();
  flip(false);
}

function flip(other = !flipped.other) {
  flipped.other = other;
  dialog.querySelector("[data-one]").hidden = other;
  dialog.querySelector("[data-other]").hidden = !other;
  dialog.querySelector("[data-words]").textContent = flipped.pair[Number(other)].dataset.words;
}

// Selects only the picture in hand where none is selected: what the keys S and R are about.
function selectOneIfNone(only = false) {
  const boxes = picturesOf(group).map((each) => each.querySelector("input"));
  if (only) boxes.forEach((box, index) => (box.checked = index === picture));
  else if (!boxes.some((box) => box.checked) && boxes[picture]) boxes[picture].checked = true;
}

const press = (button) => button && button.form.requestSubmit(button);

const KEYS = {
  j: () => move(1),
  ArrowDown: () => move(1),
  k: () => move(-1),
  ArrowUp: () => move(-1),
  ArrowRight: () => { picture += 1; show(); },
  ArrowLeft: () => { picture -= 1; show(); },
  x: () => {
    const box = picturesOf(group)[picture]?.querySelector("input");
    if (box) box.checked = !box.checked;
  },
  m: () => {
    const box = inGroup('[name="join"]');
    if (box) box.checked = !box.checked;
  },
  Enter: () => press(inGroup('[data-key="keep"]')),
  s: () => { selectOneIfNone(); press(inGroup('[data-key="split"]')); },
  r: () => { selectOneIfNone(true); press(inGroup('[data-key="represent"]')); },
  u: () => press(document.querySelector('[data-key="undo"]')),
  " ": () => enlarge(),
};
const ENLARGED = {
  " ": () => flip(),
  ArrowRight: () => { picture += 1; show(); enlarge(); },
  ArrowLeft: () => { picture -= 1; show(); enlarge(); },
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat && event.key === "Enter") return;
  const at = event.target;
  // Whoever has tabbed to a button, link or field means that one.
  if (at.matches("select, textarea, a, button, input:not([name='image'])")) {
    if (!(dialog?.open && (event.key === "ArrowLeft" || event.key === "ArrowRight"))) return;
  }
  const keys = dialog?.open ? ENLARGED : KEYS;
  const act = keys[event.key] ?? keys[event.key.toLowerCase()];
  if (!act || !groups.length) return;
  event.preventDefault();
  act();
});

// The hand may also have gone there by pointer or Tab.
document.addEventListener("focusin", (event) => {
  const here = event.target.closest("[data-picture]");
  const index = groups.indexOf(event.target.closest("[data-group]"));
  if (index < 0) return;
  group = index;
  if (here) picture = picturesOf(group).indexOf(here);
  else return;
  for (const each of document.querySelectorAll(".dup.now, .dup-row > .now")) each.classList.remove("now");
  groups[group].classList.add("now");
  here.classList.add("now");
});

for (const button of document.querySelectorAll("[data-compare]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    group = groups.indexOf(button.closest("[data-group]"));
    picture = 0;
    enlarge();
  });
}
dialog?.querySelector("[data-flip]").addEventListener("click", () => flip());
dialog?.querySelector("[data-close]").addEventListener("click", () => dialog.close());
dialog?.addEventListener("close", () => show({ scroll: false }));
show({ scroll: group > 0 });
