// Copies what a button holds.

export function startCopying() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = button.dataset.copied;
    } catch {
      button.parentElement.querySelector("[data-select-all]")?.select();
    }
  });
  document.addEventListener("focusin", (event) => { if (event.target.matches("[data-select-all]")) event.target.select(); });
}
