/* Times as the reader's clock shows them: how long ago, and the exact moment in the title. */
const EXACT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const DAY = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });
const MINUTE = 60;
const HOUR = 3600;
const A_DAY = 86400;
const REFRESH_MS = 30_000;

export function localise(root) {
  for (const element of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(element.dateTime);
    element.title = EXACT.format(moment);
    element.textContent = words(moment, new Date());
  }
}

export function words(moment, now) {
  const seconds = Math.round((moment - now) / 1000);
  const age = Math.abs(seconds);
  if (age < MINUTE) return seconds <= 0 ? "just now" : "in a moment";
  if (age < HOUR) return RELATIVE.format(Math.trunc(seconds / MINUTE), "minute");
  if (age < A_DAY) return RELATIVE.format(Math.trunc(seconds / HOUR), "hour");
  return DAY.format(moment);
}

setInterval(() => localise(document), REFRESH_MS);
