// A button that prints the page; without scripts there is none, and the browser's own way stays.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
