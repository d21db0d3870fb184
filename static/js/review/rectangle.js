// Rectangles on a picture, in parts of its width and height.

export const LEAST = 0.004; // smaller ones are a slip of the hand
const STEP = 0.01;

const within = (value, least, most) => Math.min(Math.max(value, least), most);

// Between two points, each cut to the picture.
export function between(one, other) {
  const [x1, x2] = [within(one.x, 0, 1), within(other.x, 0, 1)].sort((a, b) => a - b);
  const [y1, y2] = [within(one.y, 0, 1), within(other.y, 0, 1)].sort((a, b) => a - b);
  return { left: x1, top: y1, width: x2 - x1, height: y2 - y1 };
}

// A third of what is seen, around a point of the picture.
export function around(point, scale) {
  const size = Math.min(1 / 3, 1 / 3 / scale);
  return { left: within(point.x - size / 2, 0, 1 - size), top: within(point.y - size / 2, 0, 1 - size), width: size, height: size };
}

export function moved(box, dx, dy) {
  return { ...box, left: within(box.left + dx * STEP, 0, 1 - box.width), top: within(box.top + dy * STEP, 0, 1 - box.height) };
}

// Its lower right corner moves; the others follow as they must.
export function sized(box, dx, dy) {
  return { ...box, width: within(box.width + dx * STEP, STEP, 1 - box.left), height: within(box.height + dy * STEP, STEP, 1 - box.top) };
}
