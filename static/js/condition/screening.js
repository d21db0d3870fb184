// The spread of a screening's scores, and what a threshold would flag. Every figure comes from the counts that the
// page brings, a thousand steps of the score; a bar opens its sheets.
import { number, t, tn } from "../i18n.js";
import { COLOURS, layoutOf, looks, onTheme } from "../plot_looks.js";

const data = JSON.parse(document.getElementById("plots").textContent);
const STEPS = data.sound.length;
const BARS = 50;
const slider = document.getElementById("threshold");
const output = document.querySelector("[data-threshold]");
const words = document.querySelector("[data-flagged]");
const worklist = document.querySelector("[data-worklist]");
const GROUPS = [["sound", COLOURS[2]], ["condition", COLOURS[5]], ["unjudged", COLOURS[4]]];

const sum = (counts, from, to) => counts.slice(from, to).reduce((total, n) => total + n, 0);
const share = (value) => `${number(100 * value, { maximumFractionDigits: 1 })} %`;
const sheets = (n) => tn("{n} sheet", "{n} sheets", n);
const address = (asked) => `${data.sheets}?${new URLSearchParams(asked)}`;

function histogram(look) {
  const width = STEPS / BARS;
  const traces = GROUPS.filter(([group]) => data[group].some(Boolean)).map(([group, colour]) => {
    const counts = Array.from({ length: BARS }, (_, bar) => sum(data[group], bar * width, (bar + 1) * width));
    const from = (bar) => bar / BARS;
    return {
      type: "bar",
      name: data.names[group],
      x: counts.map((_, bar) => (bar + 0.5) / BARS),
      y: counts,
      width: 1 / BARS,
      marker: { color: colour, line: { color: look.paper, width: 1 } },
      text: counts.map((n, bar) => `${data.names[group]}<br>P ${number(from(bar))} – ${number(from(bar + 1))}<br>${sheets(n)}`),
      textposition: "none",
      hovertemplate: "%{text}<extra></extra>",
      customdata: counts.map((_, bar) => address({ ...data.asked, group, low: from(bar), ...(bar + 1 < BARS ? { high: from(bar + 1) } : {}) })),
    };
  });
  const at = Number(slider.value);
  return {
    traces,
    layout: layoutOf(look, {
      barmode: "stack",
      bargap: 0,
      margin: { l: 8, r: 12, t: 12, b: 8 },
      showlegend: true,
      legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, traceorder: "normal" },
      shapes: [{ type: "line", x0: at, x1: at, yref: "paper", y0: 0, y1: 1, line: { color: look.font.color, width: 2, dash: "dash" } }],
      xaxis: { range: [0, 1], fixedrange: true, zeroline: false, gridcolor: look.rule, automargin: true, title: { text: "P(sound)", standoff: 6 } },
      yaxis: { fixedrange: true, zeroline: false, gridcolor: look.rule, automargin: true, title: { text: t("Sheets"), standoff: 6 } },
    }),
  };
}

function coverage(look) {
  const axis = { fixedrange: true, zeroline: false, gridcolor: look.rule, automargin: true, tickformat: ".0%" };
  return {
    traces: [{
      type: "scatter",
      mode: "lines+markers",
      x: data.coverage.map((row) => row.coverage),
      y: data.coverage.map((row) => row.accuracy),
      line: { color: COLOURS[0], width: 2 },
      text: data.coverage.map((row) => `${t("kept")}: ${share(row.coverage)}<br>${t("right")}: ${share(row.accuracy)}`),
      hovertemplate: "%{text}<extra></extra>",
    }],
    layout: layoutOf(look, {
      margin: { l: 8, r: 12, t: 12, b: 8 },
      xaxis: { ...axis, range: [0.48, 1.02], title: { text: t("kept"), standoff: 6 } },
      yaxis: { ...axis, range: [Math.min(0.9, ...data.coverage.map((row) => row.accuracy)) - 0.02, 1.01], title: { text: t("right"), standoff: 6 } },
    }),
  };
}

const makers = { histogram, coverage };
const areas = [...document.querySelectorAll("[data-plot]")];

function paint(only = null) {
  if (!globalThis.Plotly) return;
  const look = looks();
  for (const area of areas) {
    if (only && area.dataset.plot !== only) continue;
    const { traces, layout } = makers[area.dataset.plot](look);
    Plotly.react(area, traces, layout, { displayModeBar: false, responsive: true });
    area.dataset.drawn = "";
  }
}

function tell() {
  const at = Number(slider.value);
  const step = Math.round(at * STEPS);
  output.textContent = number(at, { minimumFractionDigits: 2 });
  const flagged = GROUPS.reduce((total, [group]) => total + sum(data[group], 0, step), 0);
  const all = GROUPS.reduce((total, [group]) => total + sum(data[group], 0, STEPS), 0);
  const known = sum(data.condition, 0, STEPS);
  const sound = sum(data.sound, 0, STEPS);
  const parts = [t("{flagged} of {all} would be flagged.", { flagged: sheets(flagged), all: number(all) })];
  if (known && sound) {
    const missed = known - sum(data.condition, 0, step);
    const falsely = sum(data.sound, 0, step) / sound;
    const rate = missed / known;
    parts.push(t("Of {known} decided with a condition {missed} would be missed ({share}).", { known, missed, share: share(rate) }));
    // Flagged = found + false alarms; of the unjudged the two rates say how many have the condition.
    const open = sum(data.unjudged, 0, STEPS);
    const openFlagged = sum(data.unjudged, 0, step);
    const found = 1 - rate;
    if (open && found > falsely) {
      const likely = Math.min(open, Math.max(0, (openFlagged - falsely * open) / (found - falsely)));
      parts.push(t("Of {open} that nobody has judged about {likely} have one, and about {missed} of these would be missed.", { open: sheets(open), likely: Math.round(likely), missed: Math.round(likely * rate) }));
    }
  }
  words.textContent = parts.join(" ");
  const asked = new URLSearchParams({ ...data.asked, threshold: String(at) });
  worklist.href = `${worklist.href.split("?")[0]}?${asked}`;
}

slider.addEventListener("input", () => {
  tell();
  paint("histogram");
  // What stands below is of the threshold in the address, until the form with this one is sent.
  document.getElementById("asked-threshold").value = slider.value;
  document.querySelector("[data-stale]").hidden = Number(slider.value) === data.threshold;
});
tell();
paint();
onTheme(() => paint());
for (const area of globalThis.Plotly ? areas : []) {
  area.on("plotly_click", ({ points: [point] }) => {
    if (point.customdata) location.assign(point.customdata);
  });
}
