// Which key does what. Class letters come first: a command whose letter is a class of the project takes another key.

const COMMANDS = { skip: ["K", "."], surround: ["D", ","] };
const FIXED = {
  Enter: "confirm",
  Backspace: "undo",
  "!": "flag",
  " ": "zoom-toggle",
  "+": "zoom-in",
  "=": "zoom-in",
  "-": "zoom-out",
  0: "zoom-fit",
  "?": "help",
  ArrowLeft: "left",
  ArrowRight: "right",
  ArrowUp: "up",
  ArrowDown: "down",
  Escape: "escape",
};
const MAY_REPEAT = new Set(["zoom-in", "zoom-out", "left", "right", "up", "down"]);

export function commandKeys(classKeys) {
  const free = Object.entries(COMMANDS).map(([name, keys]) => [name, keys.find((key) => !classKeys.has(key))]);
  return Object.fromEntries(free);
}

// A letter of the Latin keyboard also where the layout writes another script.
export function letter(event) {
  if (/^[a-z]$/i.test(event.key)) return event.key.toUpperCase();
  if (event.key.length === 1 && event.key > "\u007f" && /^Key[A-Z]$/.test(event.code)) return event.code.slice(3);
  return null;
}

const writing = (target) => target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");

// Calls act({command}) or act({label: "N"}) or act({suggestion: 0}); act answers true when it took the key.
export function listen(classKeys, act) {
  const byKey = new Map(Object.entries(commandKeys(classKeys)).map(([name, key]) => [key, name]));
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (writing(event.target) || document.querySelector("dialog[open]")) return;
    // A button that has the focus is pressed by Enter and Space, as everywhere.
    if ((event.key === "Enter" || event.key === " ") && event.target.closest?.("button, a, summary")) return;
    const sign = letter(event);
    let wish;
    if (sign && classKeys.has(sign)) wish = { label: sign };
    else if (byKey.has(sign ?? event.key)) wish = { command: byKey.get(sign ?? event.key) };
    else if (/^[1-3]$/.test(event.key)) wish = { suggestion: Number(event.key) - 1 };
    else if (FIXED[event.key]) wish = { command: FIXED[event.key] };
    if (!wish) return;
    // A key held down judges one picture, not twenty.
    if (event.repeat && !MAY_REPEAT.has(wish.command)) return event.preventDefault();
    if (act(wish) !== false) event.preventDefault();
  });
}
