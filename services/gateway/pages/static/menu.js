/* Menus are <details>: they open by themselves; here they close when one goes elsewhere, and by Escape. */
export function startMenus() {
  document.addEventListener("click", (event) => closeAllBut(event.target.closest("details.menu")));
  document.addEventListener("focusin", (event) => closeAllBut(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

function closeAllBut(menu) {
  for (const other of document.querySelectorAll("details.menu[open]")) {
    if (other !== menu) other.open = false;
  }
}
