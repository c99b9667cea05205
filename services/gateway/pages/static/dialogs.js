/* Questions to the reader. Both dialogs stand in dialogs.html. */
import { remember, signIn } from "./session.js";

/* Whether the reader says yes. */
export function confirmed(question, yes) {
  const dialog = document.getElementById("confirm-dialog");
  dialog.querySelector("#confirm-question").textContent = question;
  dialog.querySelector("#confirm-yes").textContent = yes;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

/* Sign in without leaving the page; whether somebody did. */
export function signedInAgain() {
  const dialog = document.getElementById("sign-in-dialog");
  const form = dialog.querySelector("form");
  const refusal = form.querySelector("[role=alert]");
  const listening = new AbortController();
  const { signal } = listening;
  let done = false;
  refusal.hidden = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await signIn(form.elements.token.value);
    if (answer.ok) {
      remember(answer.body.csrf_token);
      done = true;
      dialog.close();
    } else {
      refusal.textContent = answer.body?.detail ?? "The server cannot be reached.";
      refusal.hidden = false;
    }
  }, { signal });
  form.querySelector("[value=cancel]").addEventListener("click", () => dialog.close(), { signal });
  if (!dialog.open) dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      form.reset();
      listening.abort();
      resolve(done);
    }, { once: true });
  });
}
