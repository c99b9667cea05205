/* Parts of a page that follow what happens: an event only says that it is worth to look, so the part is fetched again.

   A browser allows six connections to one server, so streams are closed while nobody looks at the page. */
import { swap } from "./enhance.js";

const THROTTLE_MS = 250;
const AGAIN_MS = 5_000;

const streams = new Map();

export function startLive() {
  follow(document);
  document.addEventListener("visibilitychange", () => {
    for (const stream of streams.values()) stream.toggle();
  });
}

/* Follow the live parts within an element that has just come to the page. */
export function follow(root) {
  const parts = [...root.querySelectorAll("[data-live]")];
  if (root instanceof Element && root.matches("[data-live]")) parts.push(root);
  for (const part of parts) {
    const address = part.dataset.events;
    if (!streams.has(address)) streams.set(address, new Stream(address));
    streams.get(address).add(part.id);
  }
}

/* Fetch a part of the page anew and put it in its place. */
export async function reload(part) {
  let answer;
  try {
    answer = await fetch(part.dataset.live, { headers: { Accept: "text/vnd.entrepot.fragment+html" } });
  } catch {
    return part;
  }
  if (!answer.ok || !part.isConnected) return part;
  const fresh = swap(part, await answer.text());
  follow(fresh);
  return fresh;
}

class Stream {
  constructor(address) {
    this.address = address;
    this.parts = new Set();
    this.source = null;
    this.due = null;
    this.work = Promise.resolve();
    this.toggle();
  }

  add(id) {
    this.parts.add(id);
  }

  toggle() {
    if (document.hidden) this.close();
    else if (this.source === null) this.open();
  }

  open() {
    this.source = new EventSource(this.address);
    this.source.onopen = () => this.look();
    this.source.onmessage = () => this.look();
    this.source.onerror = () => {
      if (this.source?.readyState !== EventSource.CLOSED) return;
      this.close();
      setTimeout(() => { if (this.parts.size > 0) this.toggle() }, AGAIN_MS);
    };
  }

  close() {
    this.source?.close();
    this.source = null;
  }

  look() {
    this.due ??= setTimeout(() => {
      this.due = null;
      this.work = this.work.then(() => this.renewAll());
    }, THROTTLE_MS);
  }

  async renewAll() {
    await Promise.all([...this.parts].map((id) => this.renew(id)));
    if (this.parts.size > 0) return;
    this.close();
    streams.delete(this.address);
  }

  async renew(id) {
    const part = document.getElementById(id);
    const fresh = part?.dataset.live ? await reload(part) : null;
    if (!fresh?.dataset.live) this.parts.delete(id);
  }
}
