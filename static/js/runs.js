// The curves of a run, and of those beside it, drawn by Plotly from the JSON that the page and its region bring.
import { t } from "./i18n.js";
import { COLOURS, layoutOf, looks, onTheme, plain } from "./plot_looks.js";

const beside = JSON.parse(document.getElementById("beside").textContent);
const areas = [...document.querySelectorAll("[data-curve]")];
const legend = document.querySelector("[data-legend]");
const nothing = document.querySelector("[data-no-curves]");
const plots = document.querySelector(".run-plots");

const runs = () => [JSON.parse(document.getElementById("curves").textContent), ...beside];

const CURVES = {
  loss: [["train_loss", 1, t("training")], ["val_loss", 2.5, t("validation")]],
  f1: [["val_macro_f1", 2.5, ""]],
  right: [["val_right", 2.5, ""]],
  rate: [["learning_rate", 1.5, ""]],
};
const FORMAT = { loss: ".4f", f1: ".2%", right: ".2%", rate: ".3~g" };
const SHARES = ["f1", "right"];

function traces(key, all) {
  return all.flatMap((run, at) => CURVES[key]
    .filter(([column]) => run[column].some((value) => value !== null))
    .map(([column, width, what]) => ({
      type: "scatter",
      // A single epoch is a point, which a line would not show.
      mode: run.step.length === 1 ? "markers" : "lines",
      name: plain(run.name),
      x: run.step,
      y: run[column],
      connectgaps: true,
      line: { color: COLOURS[at], width, shape: key === "rate" ? "hv" : "linear" },
      marker: { color: COLOURS[at], size: 7 },
      hovertemplate: `${plain(run.name)}${what ? `, ${what}` : ""}<br>${t("epoch")} %{x}: %{y:${FORMAT[key]}}<extra></extra>`,
    })));
}

// Where each stage of the run itself begins; those of the runs beside it would only confuse.
function boundaries(run, look) {
  const later = run.stages.slice(1);
  return {
    shapes: later.map(({ step }) => ({
      type: "line", x0: step - 0.5, x1: step - 0.5, y0: 0, y1: 1, yref: "paper", line: { color: look.strong, width: 1, dash: "dot" },
    })),
    annotations: later.map(({ step, stage }) => ({
      x: step - 0.5, y: 1, yref: "paper", xanchor: "left", yanchor: "top", showarrow: false, font: { size: 10, color: look.muted }, text: String(stage),
    })),
  };
}

function layout(key, all, look) {
  const axis = { gridcolor: look.rule, zeroline: false, fixedrange: true, automargin: true };
  const longest = Math.max(1, ...all.map((run) => run.step.at(-1) ?? 1));
  return layoutOf(look, {
    margin: { l: 8, r: 8, t: 8, b: 8 },
    hovermode: "closest",
    xaxis: { ...axis, range: [0.5, Math.max(longest, 2) + 0.5], tickformat: "d", ...(longest < 8 ? { dtick: 1, tick0: 1 } : { nticks: 8 }), title: { text: t("epoch"), standoff: 4 } },
    yaxis: { ...axis, ...(SHARES.includes(key) ? { tickformat: ".0%", autorangeoptions: { minallowed: 0, maxallowed: 1.02 } } : {}), rangemode: key === "rate" ? "tozero" : "normal", exponentformat: "e", nticks: key === "rate" ? 4 : 6 },
    ...boundaries(all[0], look),
  });
}

function paint() {
  const all = runs();
  const some = all.some((run) => run.step.length);
  nothing.hidden = some;
  plots.hidden = !some;
  if (!some || !globalThis.Plotly) return;
  const look = looks();
  for (const area of areas) {
    Plotly.react(area, traces(area.dataset.curve, all), layout(area.dataset.curve, all, look), { displayModeBar: false, responsive: true });
    area.dataset.drawn = all[0].step.length;
  }
  legend.replaceChildren(...(all.length > 1 ? all : []).map((run, at) => {
    const item = document.createElement("li");
    const swatch = document.createElement("span");
    swatch.className = "swatch";
    swatch.style.setProperty("--c", COLOURS[at]);
    item.append(swatch, ` ${run.name}`);
    return item;
  }));
}

paint();
onTheme(paint);
// The region brings newer curves with it; they are drawn only when there is another point.
let drawn = runs()[0].step.length;
document.body.addEventListener("htmx:afterSettle", () => {
  const now = runs()[0].step.length;
  if (now === drawn) return;
  drawn = now;
  paint();
});
