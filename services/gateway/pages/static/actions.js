/* Buttons that ask the API for something, as the macro `action` draws them; one that submits sends its form as JSON. */
import { call, problemOf, succeeded } from "./api.js";
import { confirmed } from "./dialogs.js";
import { reload } from "./live.js";
import { showJob } from "./panel.js";
import { problemNote } from "./problems.js";

export function startActions() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-address]");
    if (button && button.type === "button") perform(button);
  });
  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (!button?.dataset.address) return;
    event.preventDefault();
    perform(button, Object.fromEntries(new FormData(event.target)));
  });
}

async function perform(button, fields) {
  const { method, address, confirm, doing } = button.dataset;
  if (confirm && !await confirmed(confirm, button.textContent)) return;
  button.closest("details.menu")?.removeAttribute("open");
  const body = button.dataset.body === undefined ? fields : JSON.parse(button.dataset.body);
  const words = button.textContent;
  button.disabled = true;
  if (doing) button.textContent = doing;
  const answer = await call(method, address, body);
  button.disabled = false;
  if (doing) button.textContent = words;
  noteOf(button)?.remove();
  if (succeeded(answer)) await proceed(button, answer.body);
  else place(button).after(marked(problemNote(problemOf(answer), answer.status === 0 && (() => perform(button, fields)))));
}

/* Where the button says so: follow the job in a panel, go to an address, or look at this part of the page again. */
async function proceed(button, body) {
  const jobId = body?.job_id ?? body?.id;
  const { into, then } = button.dataset;
  if (into && jobId) await showJob(into, jobId);
  else if (then) location.assign(then.replace("{job_id}", encodeURIComponent(jobId)));
  else if (button.closest("[data-live]")) await reload(button.closest("[data-live]"));
}

function place(button) {
  return button.closest(".page-head, .actions") ?? button;
}

function noteOf(button) {
  const next = place(button).nextElementSibling;
  return next?.matches("[data-refusal]") ? next : null;
}

function marked(note) {
  note.dataset.refusal = "";
  return note;
}
