// How many columns: as many as make the pictures largest while all of them are on the screen.

const GAP = 10; // px between pictures
const LINE = 8; // px under a picture, for the line that says how sure the model is
const LEAST = 64; // px; where pictures would become smaller, the page scrolls instead
const FEW = 12; // fewer pictures than this are drawn as if there were so many

// ratios: width / height of each picture. Answers {columns, height}: px of a picture's box.
export function arrange(ratios, width, height) {
  const usual = ratios.reduce((sum, ratio) => sum + ratio, 0) / (ratios.length || 1) || 1;
  const all = [...ratios, ...Array(Math.max(0, FEW - ratios.length)).fill(usual)];
  let best = null;
  for (let columns = 1; columns <= all.length; columns += 1) {
    const box = { width: (width + GAP) / columns - GAP, height: (height + GAP) / Math.ceil(all.length / columns) - GAP - LINE };
    if (box.width < LEAST || box.height < LEAST) continue;
    const area = all.reduce((sum, ratio) => sum + Math.min(box.width, box.height * ratio) * Math.min(box.height, box.width / ratio), 0);
    if (!best || area > best.area) best = { columns, height: Math.floor(box.height), area };
  }
  if (best) return best;
  const columns = Math.max(1, Math.floor((width + GAP) / (LEAST * 1.25 + GAP)));
  return { columns, height: Math.floor(((width + GAP) / columns - GAP) / Math.min(1, Math.max(0.6, usual))) };
}
