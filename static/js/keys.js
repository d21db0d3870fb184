// A field takes the key that is pressed in it. Tab and Escape stay what they are, so that nobody is caught.

const NAMES = { " ": "Space" };
const PASSED = new Set(["Tab", "Escape", "Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "Dead"]);

for (const field of document.querySelectorAll("[data-key]")) {
  field.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.isComposing || PASSED.has(event.key) || event.key.startsWith("Arrow")) return;
    event.preventDefault();
    if (event.key === "Delete" && field.value) field.value = "";
    else field.value = NAMES[event.key] ?? (event.key.length === 1 ? event.key.toUpperCase() : event.key);
  });
}
