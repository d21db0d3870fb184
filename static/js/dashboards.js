// The charts of the pages of figures, drawn by Plotly from the JSON that the page brings. Tables say the same.
import { number, t } from "./i18n.js";
import { COLOURS, layoutOf, looks, onPaper, onTheme, plain } from "./plot_looks.js";

const data = JSON.parse(document.getElementById("plots").textContent);
let printing = false;
const PAPER_WIDTH = 690; // pixels between the margins of A4 and Letter, at 96 an inch
const WIDE = 800;
const short = (name, width) => {
  const most = width > WIDE ? 40 : width > 600 ? 28 : 18;
  return plain(name.length > most ? `${name.slice(0, most - 1).trimEnd()}…` : name);
};
// The same thing has the same colour in every chart.
const MEANING = { decided: 0, open: 1, flagged: 2, disputed: 3, added: 4, votes: 5, predicted: 4, same: 2 };
const colour = (series, index) => COLOURS[(MEANING[series.key] ?? index) % COLOURS.length];
const value = (n, share) => share ? `${number(n * 100, { maximumFractionDigits: 1 })} %` : (Number.isInteger(n) ? number(n) : number(n, { maximumFractionDigits: 3 }));

function bars(plot, look, width) {
  // Two rows may be shortened to the same name, so places stand on the axis and names beside them.
  const places = plot.names.map((_, at) => at);
  const traces = plot.series.map((series, index) => ({
    type: "bar",
    orientation: "h",
    name: plain(series.name),
    y: places,
    x: series.values,
    text: series.values.map((n, at) => `${plain(plot.names[at])}<br>${plain(series.name)}: ${value(n, plot.share)}`),
    customdata: series.links,
    textposition: "none",
    hovertemplate: "%{text}<extra></extra>",
    marker: { color: colour(series, index), line: { color: look.paper, width: 1 } },
  }));
  return {
    traces,
    layout: layoutOf(look, {
      barmode: plot.kind === "groups" ? "group" : "stack",
      bargap: 0.25,
      height: 72 + (printing ? 17 : 24) * places.length,
      margin: { l: 10, r: 28, t: 10, b: 10 },
      xaxis: { rangemode: "tozero", fixedrange: true, gridcolor: look.rule, zeroline: false, automargin: true, nticks: width > 600 ? 8 : 4, tickformat: plot.share ? ".0%" : "" },
      yaxis: { autorange: "reversed", fixedrange: true, automargin: true, ticks: "", tickvals: places, ticktext: plot.names.map((name) => short(name, width)), zeroline: false, showgrid: false },
    }),
  };
}

function lines(plot, look, width) {
  const traces = plot.series.map((series, index) => ({
    type: "scatter",
    mode: "lines+markers",
    name: plain(series.name),
    x: plot.names,
    y: series.values,
    text: series.values.map((n, at) => `${plain(plot.names[at])}<br>${plain(series.name)}: ${value(n, plot.share)}`),
    customdata: series.links,
    hovertemplate: "%{text}<extra></extra>",
    // Never by colour alone.
    line: { color: colour(series, index), width: 2, dash: ["solid", "dash", "dot"][index % 3] },
    marker: { color: colour(series, index), size: 7, symbol: ["circle", "square", "diamond"][index % 3] },
  }));
  return {
    traces,
    layout: layoutOf(look, {
      height: 264,
      margin: { l: 10, r: 16, t: 10, b: 10 },
      hovermode: "closest",
      xaxis: { type: "date", fixedrange: true, gridcolor: look.rule, zeroline: false, automargin: true, tickformat: "%Y-%m-%d", nticks: width > 600 ? 8 : 3 },
      yaxis: { rangemode: "tozero", fixedrange: true, gridcolor: look.rule, zeroline: false, automargin: true },
    }),
  };
}

const make = (plot, look, width) => (plot.kind === "lines" ? lines : bars)(plot, look, width);
const drawn = [];

function legend(figure, plot) {
  const list = figure.querySelector("[data-legend]");
  plot.series.forEach((series, index) => {
    const item = document.createElement("li");
    const swatch = document.createElement("span");
    swatch.className = "swatch";
    swatch.style.setProperty("--c", colour(series, index));
    item.append(swatch, ` ${series.name}`);
    list.append(item);
  });
  if (plot.left) {
    const item = document.createElement("li");
    item.textContent = t("{n} more in the table", { n: plot.left });
    list.append(item);
  }
}

async function draw(figure) {
  const area = figure.querySelector("[data-area]");
  const plot = data[figure.dataset.plot];
  // On the screen as wide as its place, for the printer as wide as paper.
  const paint = () => {
    const { traces, layout } = make(plot, printing ? onPaper() : looks(), printing ? PAPER_WIDTH : innerWidth);
    area.style.height = `${layout.height}px`;
    const wide = printing ? { width: PAPER_WIDTH, autosize: false } : { autosize: true };
    return Plotly.react(area, traces, { ...layout, ...wide }, { displayModeBar: false, responsive: true });
  };
  legend(figure, plot);
  drawn.push(paint);
  await paint();
  area.on("plotly_click", ({ points: [point] }) => { if (point.customdata) location.assign(point.customdata); });
  const button = figure.querySelector("[data-png]");
  button.hidden = false;
  button.addEventListener("click", () => {
    // On paper, whatever the theme: it is put into a text or on a slide, where nothing around says what it is.
    const look = onPaper();
    const width = Math.max(area.clientWidth, PAPER_WIDTH);
    const { traces, layout } = make(plot, look, width);
    const title = { text: plain(figure.dataset.title), x: 0, xref: "paper", font: { size: 15 }, yref: "container", y: 1, yanchor: "top", pad: { t: 12 } };
    Plotly.downloadImage(
      { data: traces, layout: { ...layout, margin: { ...layout.margin, t: 72 }, title, showlegend: plot.series.length > 1, legend: { orientation: "h", y: 1, yanchor: "bottom", x: 0, traceorder: "normal" }, paper_bgcolor: look.paper } },
      { format: "png", filename: figure.dataset.file, width, height: layout.height + 80, scale: 2 },
    );
  });
  figure.dataset.drawn = "";
}

onTheme(() => drawn.forEach((paint) => paint()));

// Each when it comes near, so that the page answers at once; all of them before it is printed.
const waiting = new Set(globalThis.Plotly ? document.querySelectorAll("[data-plot]") : []);
const near = new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) begin(entry.target);
}, { rootMargin: "400px" });
function begin(figure) {
  if (!waiting.delete(figure)) return;
  near.unobserve(figure);
  draw(figure);
}
waiting.forEach((figure) => near.observe(figure));
function print(now) {
  printing = now;
  drawn.forEach((paint) => paint());
}
addEventListener("beforeprint", () => {
  print(true);
  [...waiting].forEach(begin);
});
addEventListener("afterprint", () => print(false));
