/* One upload with true progress: `fetch` cannot tell how much of a body has gone out. */
import { changeHeaders, parsed, recovering } from "./api.js";

/* Resolves to {status, body}; status 0 where the connection broke off or `signal` was aborted. */
export function upload(address, form, { key, signal, onProgress }) {
  return recovering(() => send(address, form, { key, signal, onProgress }));
}

function send(address, form, { key, signal, onProgress }) {
  const request = new XMLHttpRequest();
  request.open("POST", address);
  for (const [name, value] of Object.entries(changeHeaders())) request.setRequestHeader(name, value);
  request.setRequestHeader("Idempotency-Key", key);
  request.upload.addEventListener("progress", (event) => onProgress(event.loaded, event.total));
  signal.addEventListener("abort", () => request.abort());
  return new Promise((resolve) => {
    request.addEventListener("load", () => resolve({ status: request.status, body: parsed(request.responseText) }));
    for (const ending of ["error", "abort", "timeout"]) {
      request.addEventListener(ending, () => resolve({ status: 0, body: null }));
    }
    request.send(form);
  });
}
