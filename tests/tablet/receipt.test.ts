/** What a tablet takes for the server's word that an entry is stored. */
import { beforeAll, describe, expect, test } from 'vitest';
import { fromHex, type JSONValue } from '@sync/canon';
import { bodyDigest, entryId } from '@sync/chain';
import { NO_PREV, type Entry } from '@sync/words';
import { isReceipt } from '../../pwa/src/exchange';
import { newDeviceKey, sign, type DeviceKey } from '../../pwa/src/keys';

const TABLET = 'a'.repeat(64);
let server: DeviceKey;

beforeAll(async () => {
  server = await newDeviceKey();
});

async function said(kind: string, device: string, by: DeviceKey = server): Promise<[Entry, JSONValue]> {
  const receipts = [{ entry: 'd'.repeat(64), status: 'accepted', code: null }];
  const body = { nonce: 'c'.repeat(32), device, receipts };
  const envelope = {
    kind,
    subject: 'b'.repeat(32),
    by: 'e'.repeat(32),
    device: server.id,
    seq: 1,
    prev: NO_PREV,
    at: '2026-11-20T01:00:00.000Z',
    body_digest: await bodyDigest(body),
  };
  const id = await entryId(envelope);
  return [{ ...envelope, id, signature: await sign(by, fromHex(id)) }, body];
}

describe('a receipt is', () => {
  test('what the server signed as one, for this tablet', async () => {
    expect(await isReceipt(server.publicKey, TABLET, ...(await said('entry.received', TABLET)))).toBe(true);
  });

  test.each([
    ['nothing else that the server signed', 'evidence.stored', TABLET],
    ["not another tablet's", 'entry.received', 'f'.repeat(64)],
  ])('%s', async (_, kind, device) => {
    expect(await isReceipt(server.publicKey, TABLET, ...(await said(kind, device)))).toBe(false);
  });

  test('not what somebody else signed, nor one whose body was changed', async () => {
    const forged = await said('entry.received', TABLET, await newDeviceKey());
    expect(await isReceipt(server.publicKey, TABLET, ...forged)).toBe(false);
    const [entry, body] = await said('entry.received', TABLET);
    const changed = { ...(body as object), receipts: [] };
    expect(await isReceipt(server.publicKey, TABLET, entry, changed)).toBe(false);
  });
});
