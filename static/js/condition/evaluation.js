// The plots of an evaluation of sheets, from the counts that the page brings.
import { number, t, tn } from "../i18n.js";
import { COLOURS, layoutOf, looks, onTheme, plain } from "../plot_looks.js";

const data = JSON.parse(document.getElementById("plots").textContent);
const FILLS = [COLOURS[2], COLOURS[5], COLOURS[1], COLOURS[3], COLOURS[4], COLOURS[0], COLOURS[6]];
const share = (value) => `${number(100 * value, { maximumFractionDigits: 1 })} %`;
const sheets = (n) => tn("{n} sheet", "{n} sheets", n);
const tiles = (n) => tn("{n} tile", "{n} tiles", n);

const axis = (look, title) => ({ fixedrange: true, zeroline: false, gridcolor: look.rule, automargin: true, title: { text: title, standoff: 6 } });
const legend = { showlegend: true, legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, traceorder: "normal" } };

// part: {edges, counts: class -> numbers}. relative: shares of each class, where the classes differ much in number.
function histogram(look, part, title, what, relative) {
  const { edges } = part;
  const traces = data.classes.map((name, place) => {
    const counts = part.counts[name];
    const all = relative ? Math.max(1, counts.reduce((sum, n) => sum + n, 0)) : 1;
    return {
      type: "bar",
      name: plain(name),
      x: counts.map((_, at) => (edges[at] + edges[at + 1]) / 2),
      y: counts.map((n) => n / all),
      width: counts.map((_, at) => edges[at + 1] - edges[at]),
      opacity: relative ? 0.65 : 1,
      marker: { color: FILLS[place % FILLS.length], line: { color: look.paper, width: 1 } },
      text: counts.map((n, at) => `${plain(name)}<br>${number(edges[at])} – ${number(edges[at + 1])}<br>${what(n)}`),
      textposition: "none",
      hovertemplate: "%{text}<extra></extra>",
    };
  });
  return {
    traces,
    layout: layoutOf(look, {
      barmode: relative ? "overlay" : "stack",
      bargap: 0,
      margin: { l: 8, r: 12, t: 12, b: 8 },
      ...legend,
      xaxis: axis(look, title),
      yaxis: { ...axis(look, ""), ...(relative ? { tickformat: ".0%" } : {}) },
    }),
  };
}

function coverage(look) {
  const traces = Object.entries(data.coverage).map(([way, rows], place) => ({
    type: "scatter",
    mode: "lines+markers",
    name: plain(data.names[way]),
    x: rows.map((row) => row.coverage),
    y: rows.map((row) => row.accuracy),
    line: { color: COLOURS[place], width: 2 },
    text: rows.map((row) => `${plain(data.names[way])}<br>${t("kept")}: ${share(row.coverage)}<br>${t("right")}: ${share(row.accuracy)}`),
    hovertemplate: "%{text}<extra></extra>",
  }));
  return {
    traces,
    layout: layoutOf(look, {
      margin: { l: 8, r: 12, t: 12, b: 8 },
      ...legend,
      xaxis: { ...axis(look, t("kept")), tickformat: ".0%" },
      yaxis: { ...axis(look, t("right")), tickformat: ".0%" },
    }),
  };
}

const makers = {
  tiles: (look) => histogram(look, data.histograms.tiles, "P(sound)", sheets, false),
  whole: (look) => histogram(look, data.histograms.whole, "P(sound)", sheets, false),
  "entropy-tiles": (look) => histogram(look, data.entropy.tiles, t("bits"), tiles, true),
  "entropy-sheets": (look) => histogram(look, data.entropy.sheets, t("bits"), sheets, true),
  coverage,
};

function paint() {
  const look = looks();
  for (const area of document.querySelectorAll("[data-plot]")) {
    const { traces, layout } = makers[area.dataset.plot](look);
    Plotly.react(area, traces, layout, { displayModeBar: false, responsive: true });
    area.dataset.drawn = "";
  }
}

if (globalThis.Plotly) {
  paint();
  onTheme(paint);
}
