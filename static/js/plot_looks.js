// What all charts share: colours that follow the theme, and when to paint again.

// Okabe & Ito (2008) with a darker yellow: told apart by colour-blind people too, on light and on dark.
export const COLOURS = ["#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#B8A800"];
// Cividis (Nuñez, Anderton & Renslow 2018) without its darkest and lightest ends.
export const SCALE = [[0, "#1d3d6b"], [0.25, "#575d6d"], [0.5, "#7f7c75"], [0.75, "#b5a168"], [1, "#f0dd52"]];

// What the theme makes of a variable of tokens.css: light-dark() is resolved by the browser only.
function colour(name, scheme) {
  const probe = document.createElement("i");
  if (scheme) probe.style.colorScheme = scheme;
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

// `scheme`: "light" or "dark" whatever the theme is.
export function looks(scheme) {
  return {
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("--ink", scheme) },
    paper: colour("--paper", scheme),
    rule: colour("--rule", scheme),
    strong: colour("--rule-strong", scheme),
    raised: colour("--raised", scheme),
    muted: colour("--muted", scheme),
  };
}

// Ink on white paper. While a page is made ready for the printer its styles are still those of the screen.
export const onPaper = () => ({ ...looks("light"), paper: "#fff", raised: "#fff" });

// Plotly reads some HTML in its texts.
export const plain = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;");

export function layoutOf(look, more) {
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: look.paper,
    font: look.font,
    hoverlabel: { bgcolor: look.raised, bordercolor: look.rule, font: look.font, align: "left" },
    showlegend: false,
    ...more,
  };
}

// `paint` when the theme changes, by hand or with the system's.
export function onTheme(paint) {
  new MutationObserver(paint).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
}
