/* Calls of the JSON API. An answer is {status, body}; status 0 says that none came. */
import { signedInAgain } from "./dialogs.js";
import { csrfToken, refresh } from "./session.js";

const CSRF_PROBLEM = "urn:entrepot:problem:csrf";
const UNREACHABLE = {
  title: "The server cannot be reached.",
  detail: "The connection broke off, or the server is down. Nothing is lost here; try again.",
};

export function call(method, address, body) {
  return recovering(() => sendJson(method, address, body));
}

/* Send, and where the session has ended or was replaced, sign in or take the new one, and send again. */
export async function recovering(send) {
  let answer = await send();
  if (answer.status === 403 && answer.body?.type === CSRF_PROBLEM && await refresh()) answer = await send();
  if (answer.status === 401 && await signedInAgain()) answer = await send();
  return answer;
}

/* Headers of whatever changes something; the answer is a job to follow rather than a wait. */
export function changeHeaders() {
  return { Accept: "application/json", Prefer: "respond-async", "X-CSRF-Token": csrfToken() };
}

export function succeeded(answer) {
  return answer.status >= 200 && answer.status < 300;
}

/* The problem (RFC 9457) in which a call ended. */
export function problemOf(answer) {
  if (answer.status === 0) return UNREACHABLE;
  return answer.body ?? { title: `The server answered ${answer.status}.`, detail: "" };
}

export function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function sendJson(method, address, body) {
  const headers = changeHeaders();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    const answer = await fetch(address, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    return { status: answer.status, body: parsed(await answer.text()) };
  } catch {
    return { status: 0, body: null };
  }
}
