// The points and their groups, as the server sends them, and colours as bytes.

export async function loadPoints(address) {
  const buffer = await fetched(address).then((answer) => answer.arrayBuffer());
  return { buffer, n: buffer.byteLength / 12, f: new Float32Array(buffer), u: new Uint32Array(buffer) };
}

// A line of JSON, then one byte a point.
export async function loadGroups(address) {
  const bytes = new Uint8Array(await fetched(address).then((answer) => answer.arrayBuffer()));
  const end = bytes.indexOf(10);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(0, end)));
  return { ...head, codes: bytes.slice(end + 1) };
}

export async function fetched(address) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer;
}

// What a CSS colour is at this moment, in this theme: [red, green, blue].
export function bytesOf(css) {
  const probe = document.createElement("i");
  probe.style.color = css;
  document.body.append(probe);
  const pen = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d");
  pen.fillStyle = getComputedStyle(probe).color;
  probe.remove();
  pen.fillRect(0, 0, 1, 1);
  return [...pen.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}
