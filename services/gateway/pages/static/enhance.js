/* What is done to markup after it came from the server: with the page, or as a fragment later. */
import { localise } from "./time.js";

export function enhance(root) {
  localise(root);
}

/* Put a fragment from the server in place of an element; focus and opened details stay where they were. */
export function swap(element, html) {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  const fresh = template.content.firstElementChild;
  const focused = element.contains(document.activeElement) ? document.activeElement.id : "";
  for (const details of element.querySelectorAll("details[id][open]")) {
    fresh.querySelector(`#${CSS.escape(details.id)}`)?.setAttribute("open", "");
  }
  announceChange(element, fresh);
  enhance(fresh);
  element.replaceWith(fresh);
  if (focused) document.getElementById(focused)?.focus();
  return fresh;
}

/* Tell people who listen what has changed; the same words are not said twice. */
export function announce(words) {
  const announcer = document.getElementById("announcer");
  if (announcer.textContent !== words) announcer.textContent = words;
}

function announceChange(before, after) {
  const words = spoken(after);
  if (words && words !== spoken(before)) announce(words);
}

function spoken(element) {
  return [...element.querySelectorAll("[data-announce]")].map((part) => part.textContent.trim()).join(". ");
}
