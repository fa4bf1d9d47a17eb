/** What the server has to tell the person at work, and where this browser takes pushes. */
import * as v from 'valibot';

const TIMEOUT_MS = 10_000;

const NoticeWords = v.object({
  id: v.string(),
  visit: v.string(),
  number: v.string(),
  what: v.string(),
  sentence: v.string(),
  at: v.string(),
});
const Told = v.object({ notices: v.array(NoticeWords) });
const Offered = v.object({ on: v.boolean(), key: v.string() });
const Taken = v.object({ on: v.boolean() });

export type Notice = v.InferOutput<typeof NoticeWords>;

/** What this person has not seen yet, newest first; null where no server answers. */
export async function unseen(token: string): Promise<Notice[] | null> {
  return (await asked(Told, '/field/notices', token))?.notices ?? null;
}

/** The person has looked at these; what is left, or null where no server answers. */
export async function markSeen(token: string, seen: readonly string[]): Promise<Notice[] | null> {
  return (await asked(Told, '/field/notices/seen', token, { seen }))?.notices ?? null;
}

/** What a browser subscribes with; null where this installation does not push or no server answers. */
export async function pushKey(token: string): Promise<string | null> {
  const offered = await asked(Offered, '/field/push', token);
  return offered?.on ? offered.key : null;
}

/** Tell the server where pushes go from now on; whether it took the address. */
export async function takePushesAt(token: string, subscription: PushSubscriptionJSON): Promise<boolean> {
  const { endpoint, keys } = subscription;
  return (await asked(Taken, '/field/push', token, { endpoint, keys }))?.on ?? false;
}

async function asked<S extends v.GenericSchema>(
  schema: S,
  path: string,
  token: string,
  body?: unknown,
): Promise<v.InferOutput<S> | null> {
  const headers = { Accept: 'application/json', Authorization: `Bearer ${token}` };
  try {
    const answer = await fetch(path, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: body === undefined ? headers : { ...headers, 'Content-Type': 'application/json' },
      signal: AbortSignal.timeout(TIMEOUT_MS),
      cache: 'no-store',
      credentials: 'omit',
    });
    if (!answer.ok) return null;
    const read = v.safeParse(schema, await answer.json());
    return read.success ? read.output : null;
  } catch (error) {
    // No signal, or no JSON: notices wait on the server until somebody has seen them.
    if (error instanceof TypeError || error instanceof DOMException || error instanceof SyntaxError)
      return null;
    throw error;
  }
}
