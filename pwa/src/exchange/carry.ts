/** A file of unsent records (.sjx) of another tablet goes over this tablet's line. Apart from the shell. */
import * as v from 'valibot';
import type { SjxFile } from '../desk/export';
import { call, jsonOf, parsed } from '../exchange';

const TIMEOUT_MS = 600_000;
const Taken = v.object({
  label: v.string(),
  accepted: v.number(),
  exists: v.number(),
  held: v.number(),
  decided: v.number(),
  refused: v.number(),
  closed: v.number(),
  photos: v.number(),
  photos_refused: v.number(),
});
/** How many of each outcome, and the name of the tablet that wrote the file. */
export type Taken = v.InferOutput<typeof Taken>;

/** Hand in one piece of a file. Throws Declined, NoAnswer. */
export async function carry(token: string, piece: SjxFile): Promise<Taken> {
  const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(piece) };
  return parsed(Taken, await jsonOf(await call('/field/import', init, token, TIMEOUT_MS)));
}
