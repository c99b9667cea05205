/* The panel of a job: what it is at and what came of it, followed while it lasts. */
import { announce, swap } from "./enhance.js";
import { follow } from "./live.js";

/* Show a job in place of the element with this id, and in the page's address, so that a reload shows it again. */
export async function showJob(id, jobId) {
  const answer = await fetch(`/jobs/${encodeURIComponent(jobId)}/panel?id=${encodeURIComponent(id)}`, {
    headers: { Accept: "text/vnd.entrepot.fragment+html" },
  });
  if (!answer.ok) return false;
  const panel = swap(document.getElementById(id), await answer.text());
  follow(panel);
  announce(panel.querySelector("[data-announce]")?.textContent ?? "");
  const address = new URL(location.href);
  address.searchParams.set("job", jobId);
  history.replaceState(null, "", address);
  return true;
}
