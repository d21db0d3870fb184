// Copy buttons: data-copy names the element whose text is copied. Hidden where the browser cannot.
import { t } from "./i18n.js";

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const words = button.textContent;
    try {
      await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
      button.textContent = t("Copied");
    } catch {
      button.textContent = t("Not allowed");
    }
    setTimeout(() => { button.textContent = words; }, 1500);
  });
}
