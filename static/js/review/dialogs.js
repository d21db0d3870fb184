// The two small dialogs: why a picture is flagged, and the list of keys.

const closed = (dialog) => new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));

// What is wrong and why, in words; the reason is "" where the reviewer left it.
export async function askForReason() {
  const dialog = document.querySelector("dialog[data-flag]");
  const nothing = { reason: "", flag: "" };
  if (dialog.open) return nothing;
  const field = dialog.querySelector("input[name=reason]");
  dialog.querySelector("input[value=other]").checked = true;
  field.value = "";
  dialog.returnValue = "";
  dialog.onkeydown = (event) => pick(dialog, event);
  dialog.showModal();
  field.focus();
  await closed(dialog);
  if (dialog.returnValue !== "flag") return nothing;
  return { reason: field.value.trim(), flag: dialog.querySelector("input[name=kind]:checked").value };
}

// 1 to 4 choose what is wrong; in the words a digit stays a digit once there is something written.
function pick(dialog, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const kind = dialog.querySelector(`input[data-sign="${CSS.escape(event.key)}"]`);
  if (!kind || (event.target.name === "reason" && event.target.value)) return;
  kind.checked = true;
  event.preventDefault();
}

export function showKeys() {
  const dialog = document.querySelector("dialog[data-help]");
  if (!dialog.open) dialog.showModal();
}
