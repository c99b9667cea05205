/* Buttons that copy the text beside them. */
import { announce } from "./enhance.js";

const SHOWN_MS = 1_500;

export function startCopying() {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const copied = await write(button.dataset.copy);
    button.classList.toggle("done", copied);
    announce(copied ? "Copied" : "Your browser does not allow copying here");
    setTimeout(() => button.classList.remove("done"), SHOWN_MS);
  });
}

/* Browsers offer the clipboard to https and to this machine only; elsewhere a selection does. */
async function write(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied;
  }
}
