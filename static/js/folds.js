// Folded parts of a page: one that the address names is open, and so are all of them on paper.
const folds = [...document.querySelectorAll("details.fold")];

function reveal() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const fold = target && target.closest("details.fold");
  if (!fold) return;
  fold.open = true;
  target.scrollIntoView();
  fold.querySelector("summary").focus({ preventScroll: true });
}

reveal();
addEventListener("hashchange", reveal);

let opened = [];
addEventListener("beforeprint", () => {
  opened = folds.filter((fold) => !fold.open);
  for (const fold of opened) fold.open = true;
});
addEventListener("afterprint", () => {
  for (const fold of opened) fold.open = false;
});
