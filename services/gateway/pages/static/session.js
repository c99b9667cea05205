/* Who is signed in, as far as a script needs to know: the token that each change must carry. */
const meta = document.querySelector('meta[name="csrf-token"]');

export function csrfToken() {
  return meta.content;
}

export function remember(token) {
  meta.content = token;
}

/* Another tab may have signed in anew: ask who is signed in now. */
export async function refresh() {
  const answer = await fetch("/session", { headers: { Accept: "application/json" } });
  if (answer.ok) remember((await answer.json()).csrf_token);
  return answer.ok;
}

export async function signIn(token) {
  try {
    const answer = await fetch("/login", {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams({ token }),
    });
    return { ok: answer.ok, body: await answer.json() };
  } catch {
    return { ok: false, body: null };
  }
}
