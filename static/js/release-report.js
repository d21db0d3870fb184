// The plots of a release's report, drawn by Plotly from the JSON that the page brings. The tables below say the same.
import { number, t, tn } from "./i18n.js";
import { COLOURS, SCALE, layoutOf, looks, onTheme, plain } from "./plot_looks.js";

const data = JSON.parse(document.getElementById("plots").textContent);
const OTHERS = "#8b8b86"; // what was added up

const address = (plot, asked) => `${plot.base}?${new URLSearchParams(asked)}`;
const short = (name) => {
  const most = innerWidth > 800 ? 34 : 20;
  return plain(name.length > most ? `${name.slice(0, most - 1).trimEnd()}…` : name);
};
const pictures = (n) => tn("{n} picture", "{n} pictures", n);

function heatMap(plot, look) {
  const most = Math.max(1, ...plot.counts.flat());
  const steps = Array.from({ length: Math.floor(Math.log10(most)) + 1 }, (_, power) => power);
  const trace = {
    type: "heatmap",
    x: plot.sources,
    y: plot.classes.map(([, name]) => short(name)),
    // Nothing is no colour: zero has no logarithm.
    z: plot.counts.map((row) => row.map((n) => (n ? Math.log10(n) : null))),
    text: plot.counts.map((row, at) =>
      row.map((n, source) => `${plain(plot.classes[at][1])}<br>${plain(plot.sources[source])}<br>${pictures(n)}`)),
    customdata: plot.counts.map((row, at) =>
      row.map((n, source) => address(plot, { category: plot.classes[at][0], source: plot.sources[source] }))),
    hovertemplate: "%{text}<extra></extra>",
    hoverongaps: false,
    zmin: 0,
    zmax: Math.max(1, Math.log10(most)),
    colorscale: SCALE,
    xgap: 1,
    ygap: 1,
    colorbar: {
      thickness: 10, outlinewidth: 0, len: 1, tickvals: steps, ticktext: steps.map((power) => number(10 ** power)),
      title: { text: t("Pictures"), side: "right" },
    },
  };
  const axis = { showgrid: false, zeroline: false, fixedrange: true, ticks: "", automargin: true, type: "category" };
  const layout = layoutOf(look, {
    height: 90 + 24 * plot.classes.length + 80,
    margin: { l: 10, r: 10, t: 10, b: 10 },
    xaxis: { ...axis, tickangle: -60, tickmode: "linear" },
    yaxis: { ...axis, autorange: "reversed" },
  });
  return { traces: [trace], layout, width: 260 + 22 * plot.sources.length };
}

function shares(plot, look) {
  const totals = plot.classes.map((_, at) => plot.parts.reduce((sum, part) => sum + part.counts[at], 0));
  const traces = plot.parts.map((part, index) => ({
    type: "bar",
    orientation: "h",
    name: plain(part.name),
    y: plot.classes.map(([, name]) => short(name)),
    x: part.counts.map((n, at) => (totals[at] ? n / totals[at] : 0)),
    text: part.counts.map((n, at) => `${plain(plot.classes[at][1])}<br>${plain(part.name)}<br>${pictures(n)}, ${
      number(totals[at] ? (100 * n) / totals[at] : 0, { maximumFractionDigits: 1 })} %`),
    customdata: part.counts.map((n, at) => (n ? address(plot, {
      category: plot.classes[at][0], ...(part.key ? { [plot.filter]: part.key } : {}) }) : "")),
    textposition: "none",
    hovertemplate: "%{text}<extra></extra>",
    marker: { color: part.key ? COLOURS[index] : OTHERS, line: { color: look.paper, width: 1 } },
  }));
  const layout = layoutOf(look, {
    barmode: "stack",
    bargap: 0.25,
    height: 60 + 24 * plot.classes.length,
    margin: { l: 10, r: 28, t: 10, b: 10 },
    xaxis: { range: [0, 1], tickvals: innerWidth > 800 ? [0, 0.25, 0.5, 0.75, 1] : [0, 0.5, 1], tickangle: 0, tickformat: ".0%", fixedrange: true, gridcolor: look.rule, zeroline: false, automargin: true },
    yaxis: { autorange: "reversed", fixedrange: true, automargin: true, ticks: "", type: "category" },
    showlegend: false, // the page has its own, which wraps; a saved picture gets Plotly's
    legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, traceorder: "normal" },
  });
  return { traces, layout, width: 0, legend: traces.map((trace, at) => [trace.marker.color, plot.parts[at].name]) };
}

const drawn = [];

async function draw(figure) {
  const area = figure.querySelector("[data-area]");
  area.style.setProperty("--rows", area.dataset.lines);
  const key = figure.dataset.plot;
  const make = key === "crosstab" ? heatMap : shares;
  const paint = () => {
    const { traces, layout, width } = make(data[key], looks());
    if (width) area.style.minWidth = `${width}px`;
    area.style.height = `${layout.height}px`;
    return Plotly.react(area, traces, layout, { displayModeBar: false, responsive: true });
  };
  await paint();
  area.on("plotly_click", ({ points: [point] }) => { if (point.customdata) location.assign(point.customdata); });
  const button = figure.querySelector("[data-png]");
  button.hidden = false;
  button.addEventListener("click", () => {
    // On paper, whatever the theme: a picture without ground is unreadable elsewhere.
    const look = looks();
    const { traces, layout } = make(data[key], look);
    Plotly.downloadImage(
      { data: traces, layout: { ...layout, showlegend: true, paper_bgcolor: look.paper } },
      { format: "png", filename: figure.dataset.file, width: area.clientWidth, height: layout.height + 60, scale: 2 },
    );
  });
  const { legend = [] } = make(data[key], looks());
  const list = figure.querySelector("[data-legend]");
  for (const [fill, name] of legend) {
    const item = document.createElement("li");
    const swatch = document.createElement("span");
    swatch.className = "swatch";
    swatch.style.setProperty("--c", fill);
    item.append(swatch, ` ${name}`);
    list.append(item);
  }
  figure.dataset.drawn = "";
  drawn.push(paint);
}

onTheme(() => drawn.forEach((paint) => paint()));

// Each when it comes near, so that the page answers at once.
const near = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    near.unobserve(entry.target);
    draw(entry.target);
  }
}, { rootMargin: "400px" });
if (globalThis.Plotly) for (const figure of document.querySelectorAll("[data-plot]")) near.observe(figure);
