/* The live feed: one row for each event, the newest first; built of text, never of markup. */
import { localise } from "./time.js";

const PREFIX = "io.entrepot.";
const ROWS = 500;

const feed = document.getElementById("feed");
const state = document.getElementById("feed-state");
const pause = document.getElementById("feed-pause");
let last = feed.dataset.after;
let source = null;

function address() {
  const wanted = new URLSearchParams([...new URLSearchParams(location.search)].filter(([, value]) => value));
  wanted.set("after", last);
  return `/api/events?${wanted}`;
}

function open() {
  source = new EventSource(address());
  source.onopen = () => tell("live", "good");
  source.onerror = () => tell(source?.readyState === EventSource.CLOSED ? "ended; reload the page" : "connecting again", "warn");
  source.onmessage = (message) => {
    last = message.lastEventId;
    show(JSON.parse(message.data));
  };
}

function close() {
  source?.close();
  source = null;
}

function tell(word, tone) {
  state.textContent = word;
  state.className = `badge ${tone}`;
}

function show(event) {
  document.getElementById("feed-empty")?.remove();
  const row = document.createElement("tr");
  const time = document.createElement("time");
  time.dateTime = event.time;
  row.append(cell(time), cell(code(event.type.replace(PREFIX, ""))), cell(event.subject ? code(event.subject) : "—"), cell(details(event)), cell(jobLink(event)));
  localise(row);
  feed.prepend(row);
  while (feed.rows.length > ROWS) feed.lastElementChild.remove();
}

function details(event) {
  const data = event.data ?? {};
  const shown = document.createElement("details");
  const words = document.createElement("summary");
  words.textContent = summary(data);
  const json = document.createElement("pre");
  json.textContent = JSON.stringify(event, null, 2);
  shown.append(words, json);
  return shown;
}

function jobLink(event) {
  if (!event.correlationid) return "—";
  const job = document.createElement("a");
  job.href = `/jobs/${encodeURIComponent(event.correlationid)}`;
  job.append(code(event.correlationid.slice(-8)));
  return job;
}

function summary(data) {
  if (data.progress) return [data.progress.stage, data.progress.done].filter((part) => part != null).join(" ");
  return data.error?.message ?? data.message ?? (data.attempt ? `attempt ${data.attempt}` : "details");
}

function code(text) {
  const made = document.createElement("code");
  made.textContent = text;
  return made;
}

function cell(...content) {
  const made = document.createElement("td");
  made.append(...content);
  return made;
}

pause.addEventListener("click", () => {
  if (source) {
    close();
    tell("paused", "warn");
  } else open();
  pause.textContent = source ? "Pause" : "Go on";
});

/* Browsers allow six connections to one server; a page that nobody looks at needs none. */
document.addEventListener("visibilitychange", () => {
  if (document.hidden) close();
  else if (!source && pause.textContent === "Pause") open();
});

open();
