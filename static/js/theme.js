// Light or dark: the system's choice unless this person chose otherwise in this browser.
// Runs before the first paint (not deferred), so that a page never flashes in the other theme.
(() => {
  const KEY = "vasculum-theme";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const stored = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // storage is switched off: the system's choice holds
    }
  };
  const store = (theme) => {
    try {
      if (theme) localStorage.setItem(KEY, theme);
      else localStorage.removeItem(KEY);
    } catch {
      // The choice then lasts for this page only.
    }
  };
  const apply = (theme) => {
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    else delete root.dataset.theme;
  };
  apply(stored());

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-theme-toggle]")) return;
    const systemTheme = system.matches ? "dark" : "light";
    const next = (root.dataset.theme ?? systemTheme) === "dark" ? "light" : "dark";
    // Choosing what the system has anyway means following the system again.
    const choice = next === systemTheme ? null : next;
    store(choice);
    apply(choice);
  });
  // A choice made in another tab holds here too.
  addEventListener("storage", (event) => {
    if (event.key === KEY) apply(event.newValue);
  });
})();
