// Which key does what. Class letters come first; the keys of the commands are the person's own (curation.services.keys).

// The usual ones for pages that only look at a picture, and have no keys of the person at hand.
const LOOKING = {
  "zoom-toggle": [" "],
  "zoom-in": ["+", "="],
  "zoom-out": ["-"],
  "zoom-fit": ["0"],
  left: ["ArrowLeft"],
  right: ["ArrowRight"],
  up: ["ArrowUp"],
  down: ["ArrowDown"],
  escape: ["Escape"],
};
const MAY_REPEAT = new Set(["zoom-in", "zoom-out", "left", "right", "up", "down"]);

// A letter of the Latin keyboard also where the layout writes another script.
export function letter(event) {
  if (/^[a-z]$/i.test(event.key)) return event.key.toUpperCase();
  if (event.key.length === 1 && event.key > "\u007f" && /^Key[A-Z]$/.test(event.code)) return event.code.slice(3);
  return null;
}

const writing = (target) => target.closest?.("input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]");

const bySign = (keys) => new Map(Object.entries(keys).flatMap(([name, signs]) => signs.map((sign) => [sign, name])));

const wished = (command) =>
  command.startsWith("suggestion-") ? { suggestion: Number(command.slice(11)) - 1 } : { command };

// keys: command -> its keys. Calls act({command}) or act({label: "N"}) or act({suggestion: 0}); act answers false
// when it left the key alone. It is given the event, too, for who wants to know of Shift.
// classKeys is asked with has() at each press. Answers a function that takes other keys.
export function listen(classKeys, act, keys = LOOKING) {
  let byKey = bySign(keys);
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (writing(event.target) || document.querySelector("dialog[open]")) return;
    // A button that has the focus is pressed by Enter and Space, as everywhere.
    if ((event.key === "Enter" || event.key === " ") && event.target.closest?.("button, a, summary")) return;
    const sign = letter(event);
    let wish;
    if (sign && classKeys.has(sign)) wish = { label: sign };
    else if (byKey.has(sign ?? event.key)) wish = wished(byKey.get(sign ?? event.key));
    if (!wish) return;
    // A key held down judges one picture, not twenty.
    if (event.repeat && !MAY_REPEAT.has(wish.command)) return event.preventDefault();
    if (act(wish, event) !== false) event.preventDefault();
  });
  return (others) => (byKey = bySign(others));
}
