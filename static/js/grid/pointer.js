// Mouse and fingers on the table: a click or tap marks, with Shift as far as that; a mouse at rest and a long press enlarge.

const LONG = 450; // ms
const STILL = 10; // px

export function point(board, zoom, { toggle, range, longPress }) {
  const { grid } = board;
  let press = null;
  let swallow = false; // the click that ends a long press, or that closes what is enlarged

  const release = () => {
    clearTimeout(press?.timer);
    press = null;
  };

  grid.addEventListener("pointerdown", (event) => {
    swallow = zoom.how === "touch";
    if (swallow) return zoom.hide();
    const hit = board.at(event);
    if (!hit || event.pointerType !== "touch") return;
    const timer = setTimeout(() => {
      swallow = true;
      longPress(hit);
    }, LONG);
    press = { x: event.clientX, y: event.clientY, timer };
  });
  grid.addEventListener("pointermove", (event) => {
    if (press && Math.hypot(event.clientX - press.x, event.clientY - press.y) > STILL) release();
  });
  for (const end of ["pointerup", "pointercancel"]) grid.addEventListener(end, release);
  grid.addEventListener("contextmenu", (event) => (press || swallow) && event.preventDefault());

  grid.addEventListener("click", (event) => {
    const hit = board.at(event);
    if (swallow) swallow = false;
    else if (hit && event.shiftKey) range(hit.place);
    else if (hit) toggle(hit.place);
  });

  grid.addEventListener("pointerover", (event) => event.pointerType === "mouse" && zoom.over(board.at(event)?.cell ?? null));
  grid.addEventListener("pointerleave", () => zoom.over(null));
}
