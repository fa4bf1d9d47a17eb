/** How far this tablet's clock is from the server's. Clocks decide nothing; a person may want to set a wrong one right. */

const TIMEOUT_MS = 5_000;
/** The server's Date has whole seconds: on average it says half a second too little. */
const HALF_SECOND = 500;

/** This clock minus the server's in milliseconds, good to about a second; null where no server answers. */
export async function clockSkew(): Promise<number | null> {
  const before = Date.now();
  try {
    const answer = await fetch('/health', {
      method: 'HEAD',
      cache: 'no-store',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const said = Date.parse(answer.headers.get('date') ?? '');
    const after = Date.now();
    return Number.isNaN(said) ? null : Math.round((before + after) / 2 - said - HALF_SECOND);
  } catch (error) {
    // No signal, or a server that is away: what was measured last still stands.
    if (error instanceof TypeError || error instanceof DOMException) return null;
    throw error;
  }
}
