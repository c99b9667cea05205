/* The reader's choice of theme: a cookie, so that the server writes it into the page and nothing flashes. */
const YEAR = 31_536_000;

export function startTheme() {
  const choice = document.querySelector("[data-theme-choice]");
  choice.value = document.documentElement.dataset.theme;
  choice.addEventListener("change", () => {
    document.cookie = `entrepot_theme=${choice.value}; path=/; max-age=${choice.value ? YEAR : 0}; samesite=lax`;
    document.documentElement.dataset.theme = choice.value;
  });
}
