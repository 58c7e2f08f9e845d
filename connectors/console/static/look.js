// The switch between light and dark: at once on the page, and kept by the form that it belongs to.

export function startLook() {
  document.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-theme-choice]");
    if (choice) document.documentElement.dataset.theme = choice.dataset.themeChoice;
  });
}
