// The two small dialogs: why a picture is flagged, and the list of keys.

const closed = (dialog) => new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));

// The reason in words, or "" where the reviewer left it.
export async function askForReason() {
  const dialog = document.querySelector("dialog[data-flag]");
  if (dialog.open) return "";
  const field = dialog.querySelector("input");
  field.value = "";
  dialog.returnValue = "";
  dialog.showModal();
  field.focus();
  await closed(dialog);
  return dialog.returnValue === "flag" ? field.value.trim() : "";
}

export function showKeys() {
  const dialog = document.querySelector("dialog[data-help]");
  if (!dialog.open) dialog.showModal();
}
