// What a field changes is put into the text by the server. Who has gone on to type in the text keeps it: the
// field is put in when the form is sent.
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (document.activeElement?.matches("textarea") && detail.target.contains(document.activeElement)) detail.shouldSwap = false;
});
// Whether the text was open, and which text: a new one stays open.
document.body.addEventListener("htmx:afterSwap", () => {
  const details = document.querySelector("#text-part details");
  if (details && open) details.open = true;
});
let open = false;
document.body.addEventListener("toggle", ({ target }) => {
  if (target.matches?.("#text-part details") && target.isConnected) open = target.open;
}, true);
