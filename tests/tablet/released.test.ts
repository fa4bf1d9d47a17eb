/**
 * A new version of the app opens the outbox of every version that was released. `released/store-N.json` is a dump of
 * the tables as version N wrote them, taken once from that version: the description of the tables and every row.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readFileSync } from 'node:fs';
import type { Packet } from '@sync/words';
import { toHex } from '@sync/canon';
import { Chance } from './chance';
import { Network } from './network';
import { install, Page, uninstall } from './page';
import { Server } from './server';

interface Dump {
  version: number;
  tables: Record<
    string,
    {
      keyPath: string | string[] | null;
      indexes: { name: string; keyPath: string | string[] }[];
      rows: { key: IDBValidKey; value: unknown }[];
    }
  >;
  said: {
    visit: string;
    account: string;
    pin: string;
    draft: string;
    key: string;
    packet: Packet;
    serverKey: string;
    serverPoint: string;
  };
}

beforeAll(install);
afterAll(uninstall);

const bytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(text, 'base64'));

async function signingKey(pkcs8: string): Promise<CryptoKey> {
  const kind = { name: 'ECDSA', namedCurve: 'P-256' };
  return crypto.subtle.importKey('pkcs8', bytes(pkcs8), kind, false, ['sign']);
}

/** A value of the dump as IndexedDB held it. */
async function revived(value: unknown): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map(revived));
  if (typeof value !== 'object' || value === null) return value;
  const marked = value as { $key?: string; $buffer?: string; $bytes?: string };
  if (marked.$key !== undefined) return signingKey(marked.$key);
  if (marked.$buffer !== undefined) return bytes(marked.$buffer).buffer;
  if (marked.$bytes !== undefined) return bytes(marked.$bytes);
  const parts = await Promise.all(
    Object.entries(value).map(async ([name, one]) => [name, await revived(one)] as const),
  );
  return Object.fromEntries(parts);
}

/** The disk as the released version left it. */
async function written(page: Page, dump: Dump): Promise<void> {
  const rows = new Map<string, { key: IDBValidKey; value: unknown }[]>();
  for (const [table, { rows: kept }] of Object.entries(dump.tables))
    rows.set(
      table,
      await Promise.all(kept.map(async ({ key, value }) => ({ key, value: await revived(value) }))),
    );
  await page.run(
    () =>
      new Promise<void>((done, failed) => {
        const asked = indexedDB.open(page.machine.disk, dump.version);
        asked.onupgradeneeded = () => {
          for (const [table, { keyPath, indexes }] of Object.entries(dump.tables)) {
            const made = asked.result.createObjectStore(table, keyPath === null ? {} : { keyPath });
            for (const index of indexes) made.createIndex(index.name, index.keyPath);
            for (const { key, value } of rows.get(table) ?? [])
              if (keyPath === null) made.put(value, key);
              else made.put(value);
          }
        };
        asked.onsuccess = () => {
          asked.result.close();
          done();
        };
        asked.onerror = () => {
          failed(new Error('the dump could not be written'));
        };
      }),
  );
}

test.each(['store-1.json'])('%s: opened by its PIN, nothing of it lost, all of it sent', async (name) => {
  const dump = JSON.parse(readFileSync(new URL(`./released/${name}`, import.meta.url), 'utf8')) as Dump;
  const { visit, account, pin, packet, draft } = dump.said;
  const server = await Server.open(new Chance(1), {
    id: toHex(
      new Uint8Array(await crypto.subtle.digest('SHA-256', Buffer.from(dump.said.serverPoint, 'hex'))),
    ),
    publicKey: dump.said.serverPoint,
    privateKey: await signingKey(dump.said.serverKey),
  });
  await server.order(packet, dump.said.key);
  const device = dump.tables.one?.rows.find(({ key }) => key === 'device')?.value as {
    id: string;
    publicKey: string;
  };
  server.devices.set(device.id, {
    publicKey: device.publicKey,
    persons: packet.team.map((member) => member.account),
  });
  const net = new Network(server, new Chance(2), () => undefined);
  net.calm = true;
  const machine = { disk: `released ${name}`, skew: 0, locks: new Map() };
  const page = await new Page(machine, net.carry, new Chance(3), () => undefined).load();
  await written(page, dump);

  await page.run(() => page.desk.boot());
  expect(page.desk.state.total.recorded).toBe(3);
  expect(await page.run(() => page.desk.unlock(account, pin))).toBeNull();
  expect(await page.run(() => page.desk.draftOf(visit, 'note'))).toBe(draft);
  await page.run(() => page.desk.syncNow());
  await page.run(() => page.desk.syncNow());

  expect(page.desk.state.total).toMatchObject({
    recorded: 3,
    receipts: 3,
    photos: 1,
    photos_complete: 1,
    safe: true,
  });
  const kinds = server.kept.rows.map(({ entry }) => entry.kind).filter((kind) => !kind.startsWith('entry.'));
  expect(kinds).toEqual([
    'visit.ordered',
    'visit.opened',
    'rights.told',
    'evidence.taken',
    'evidence.stored',
  ]);
  expect(await page.run(() => page.desk.load(visit))).toBe(true);
  expect(page.desk.visits.get(visit)?.state?.opened.length).toBe(1);
  page.kill();
});
