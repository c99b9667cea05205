/* The reader's choice of theme, kept in this browser. */
export function startTheme() {
  const choice = document.querySelector("[data-theme-choice]");
  choice.value = localStorage.getItem("theme") ?? "";
  choice.addEventListener("change", () => {
    localStorage.setItem("theme", choice.value);
    document.documentElement.dataset.theme = choice.value;
  });
}
