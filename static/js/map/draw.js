// Paints the points. With WebGL they lie in the memory of the graphics card, and a zoom changes three numbers;
// where there is none they are put into the canvas pixel by pixel.

const VERTEX = `
attribute vec2 place; attribute float group; attribute float chosen;
uniform vec2 middle, scale; uniform float size;
varying float vGroup, vChosen;
void main() {
  gl_Position = vec4((place - middle) * scale, 0.0, 1.0);
  gl_PointSize = chosen > 0.5 ? size + 3.0 : size;
  vGroup = group; vChosen = chosen;
}`;
const FRAGMENT = `
precision mediump float;
uniform sampler2D palette; uniform vec4 ring;
varying float vGroup, vChosen;
void main() {
  vec4 colour = texture2D(palette, vec2((vGroup + 0.5) / 256.0, 0.5));
  float far = length(gl_PointCoord - 0.5);
  if (colour.a == 0.0 || far > 0.5) discard;
  gl_FragColor = vChosen > 0.5 && far > 0.32 ? ring : vec4(colour.rgb, 1.0);
}`;

export function painter(canvas, points) {
  const options = { antialias: false, alpha: true, powerPreference: "high-performance" };
  const gl = canvas.getContext("webgl", options);
  if (gl) return new Card(gl, canvas, points);
  return new Plain(canvas.getContext("2d"), canvas, points);
}

class Card {
  constructor(gl, canvas, points) {
    this.kind = "webgl";
    Object.assign(this, { gl, canvas, points });
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => { this.begin(); this.again(); });
    this.begin();
  }

  begin() {
    const { gl, points } = this;
    const program = gl.createProgram();
    for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    gl.useProgram(program);
    this.uniform = Object.fromEntries(["middle", "scale", "size", "ring", "palette"].map((name) => [name, gl.getUniformLocation(program, name)]));
    this.buffers = {};
    this.attribute(program, "place", points.buffer, 2, gl.FLOAT, 12);
    this.attribute(program, "group", new Uint8Array(points.n), 1, gl.UNSIGNED_BYTE, 1);
    this.attribute(program, "chosen", new Uint8Array(points.n), 1, gl.UNSIGNED_BYTE, 1);
    gl.bindTexture(gl.TEXTURE_2D, gl.createTexture());
    for (const side of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, side, gl.NEAREST);
    for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
    if (this.palette) { this.colour(this.codes, this.palette, this.ring); this.choose(this.chosen); }
  }

  again() {
    if (this.view) this.paint(this.view);
  }

  attribute(program, name, data, size, type, stride) {
    const { gl } = this;
    const at = gl.getAttribLocation(program, name);
    this.buffers[name] = gl.createBuffer();
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.DYNAMIC_DRAW);
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, size, type, false, stride, 0);
  }

  fill(name, data) {
    const { gl } = this;
    gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[name]);
    gl.bufferSubData(gl.ARRAY_BUFFER, 0, data);
  }

  // codes: group of each point. palette: 256 × RGBA, alpha 0 hides. ring: RGBA around what is chosen.
  colour(codes, palette, ring) {
    Object.assign(this, { codes, palette, ring });
    const { gl } = this;
    this.fill("group", codes);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, palette);
    gl.uniform4f(this.uniform.ring, ring[0] / 255, ring[1] / 255, ring[2] / 255, 1);
  }

  choose(chosen) {
    this.chosen = chosen;
    this.fill("chosen", chosen);
  }

  paint(view) {
    this.view = view;
    const { gl, canvas, uniform } = this;
    const ratio = canvas.width / view.width;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform2f(uniform.middle, view.x, view.y);
    gl.uniform2f(uniform.scale, (2 * view.scale) / view.width, (2 * view.scale) / view.height);
    gl.uniform1f(uniform.size, view.size * ratio);
    gl.drawArrays(gl.POINTS, 0, this.points.n);
  }
}

class Plain {
  constructor(context, canvas, points) {
    this.kind = "2d";
    Object.assign(this, { context, canvas, points, chosen: new Uint8Array(points.n) });
  }

  colour(codes, palette, ring) {
    this.codes = codes;
    this.palette = new Uint32Array(palette.buffer.slice(0));
    this.ring = new Uint32Array(Uint8Array.of(...ring.slice(0, 3), 255).buffer)[0];
  }

  choose(chosen) {
    this.chosen = chosen;
  }

  paint(view) {
    const { canvas, context, points, codes, palette, chosen, ring } = this;
    const { width, height } = canvas;
    const image = context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const ratio = width / view.width;
    const scale = view.scale * ratio;
    const side = Math.max(1, Math.round(view.size * ratio * 0.9));
    const x0 = width / 2 - view.x * scale - side / 2;
    const y0 = height / 2 + view.y * scale - side / 2;
    for (let i = 0; i < points.n; i += 1) {
      const colour = palette[codes[i]];
      if (colour >>> 24 === 0) continue;
      const x = Math.round(x0 + points.f[3 * i] * scale);
      const y = Math.round(y0 - points.f[3 * i + 1] * scale);
      if (x < 0 || y < 0 || x + side > width || y + side > height) continue;
      for (let row = 0; row < side; row += 1) {
        const start = (y + row) * width + x;
        pixels.fill(chosen[i] && (row === 0 || row === side - 1) ? ring : colour, start, start + side);
      }
    }
    context.putImageData(image, 0, 0);
  }
}
