// Before plotly.min.js: what lets Plotly draw under a policy that allows no inline styles (docs/security.md).
// Markup that brings styles along stays without them; only what scripts of this site set gets through, as it
// does anywhere by element.style.
{
  const setAttribute = Element.prototype.setAttribute;
  Element.prototype.setAttribute = function (name, value) {
    if (name === "style" && this.style) this.style.cssText = value;
    else setAttribute.call(this, name, value);
  };
  // The styles of its street maps, which nothing here draws: it brings them only where this id is not taken.
  const taken = document.createElement("template");
  taken.id = "9f215cf04c5486422605d13261cb87401f4e7763b6296af81e98efbc0130da53";
  document.head.append(taken);
}
