// The plots of an evaluation, drawn by Plotly from the JSON that the page brings.
import { number, t, tn } from "./i18n.js";
import { COLOURS, SCALE, layoutOf, looks, onTheme, plain } from "./plot_looks.js";

const data = JSON.parse(document.getElementById("plots").textContent);
const share = (value) => `${number(100 * value, { maximumFractionDigits: 1 })} %`;
const pictures = (n) => tn("{n} picture", "{n} pictures", n);
const short = (name) => {
  const most = innerWidth > 800 ? 34 : 18;
  return plain(name.length > most ? `${name.slice(0, most - 1).trimEnd()}…` : name);
};

function confusion(look) {
  const rows = data.confusion.map((row) => row.reduce((sum, n) => sum + n, 0));
  const axis = { showgrid: false, zeroline: false, fixedrange: true, ticks: "", automargin: true, type: "category" };
  return {
    traces: [{
      type: "heatmap",
      x: data.classes.map(short),
      y: data.classes.map(short),
      // Nothing is no colour.
      z: data.confusion.map((row, at) => row.map((n) => (n ? n / rows[at] : null))),
      text: data.confusion.map((row, at) => row.map((n, to) =>
        `${t("decided")}: ${plain(data.classes[at])}<br>${t("predicted")}: ${plain(data.classes[to])}<br>${pictures(n)}${rows[at] ? `, ${share(n / rows[at])}` : ""}`)),
      customdata: data.links,
      hovertemplate: "%{text}<extra></extra>",
      hoverongaps: false,
      zmin: 0,
      zmax: 1,
      colorscale: SCALE,
      xgap: 1,
      ygap: 1,
      colorbar: { thickness: 10, outlinewidth: 0, len: 1, tickformat: ".0%" },
    }],
    layout: layoutOf(look, {
      margin: { l: 8, r: 8, t: 8, b: 8 },
      xaxis: { ...axis, tickangle: -60, tickmode: "linear" },
      yaxis: { ...axis, autorange: "reversed" },
    }),
  };
}

const shares = (look, title) => ({
  gridcolor: look.rule, zeroline: false, fixedrange: true, automargin: true, tickformat: ".0%", title: { text: title, standoff: 6 },
});

function reliability(look) {
  const rows = data.reliability;
  const most = Math.max(...rows.map((row) => row.pictures));
  return {
    traces: [
      { type: "scatter", mode: "lines", x: [0, 1], y: [0, 1], line: { color: look.strong, width: 1, dash: "dot" }, hoverinfo: "skip" },
      {
        type: "scatter",
        mode: "lines+markers",
        x: rows.map((row) => row.confidence),
        y: rows.map((row) => row.accuracy),
        // The area of a point is how many pictures it stands for.
        marker: { color: COLOURS[0], size: rows.map((row) => 5 + 15 * Math.sqrt(row.pictures / most)) },
        line: { color: COLOURS[0], width: 1.5 },
        text: rows.map((row) => `${t("sure")}: ${share(row.confidence)}<br>${t("right")}: ${share(row.accuracy)}<br>${pictures(row.pictures)}`),
        hovertemplate: "%{text}<extra></extra>",
      },
    ],
    layout: layoutOf(look, {
      margin: { l: 8, r: 12, t: 12, b: 8 },
      xaxis: { ...shares(look, t("sure")), range: [-0.02, 1.04] },
      yaxis: { ...shares(look, t("right")), range: [-0.02, 1.06] },
    }),
  };
}

function coverage(look) {
  const rows = data.coverage;
  const least = Math.min(...rows.flatMap((row) => [row.accuracy, row.macro_f1]));
  const line = (key, name, colour) => ({
    type: "scatter",
    mode: "lines+markers",
    name,
    x: rows.map((row) => row.coverage),
    y: rows.map((row) => row[key]),
    line: { color: colour, width: 2 },
    marker: { color: colour, size: 5 },
    text: rows.map((row) => `${name}: ${share(row[key])}<br>${pictures(row.pictures)} (${share(row.coverage)})`),
    hovertemplate: "%{text}<extra></extra>",
  });
  return {
    traces: [line("accuracy", t("accuracy"), COLOURS[0]), line("macro_f1", t("macro F1"), COLOURS[1])],
    layout: layoutOf(look, {
      margin: { l: 8, r: 12, t: 12, b: 8 },
      showlegend: true,
      legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 },
      xaxis: { ...shares(look, t("kept")), range: [0, 1.02] },
      yaxis: { ...shares(look, ""), range: [Math.max(0, least - 0.05), 1.01] },
    }),
  };
}

const makers = { confusion, reliability, coverage };
const areas = [...document.querySelectorAll("[data-plot]")];

function paint() {
  const look = looks();
  for (const area of areas) {
    if (area.dataset.lines) area.style.setProperty("--rows", area.dataset.lines);
    const { traces, layout } = makers[area.dataset.plot](look);
    Plotly.react(area, traces, layout, { displayModeBar: false, responsive: true });
    area.dataset.drawn = "";
  }
}

if (globalThis.Plotly) {
  paint();
  onTheme(paint);
  for (const area of areas) {
    area.on("plotly_click", ({ points: [point] }) => { if (point.customdata) location.assign(point.customdata); });
  }
}
