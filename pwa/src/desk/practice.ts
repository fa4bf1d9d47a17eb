/**
 * 练习: the same app over a store of its own and a visit that does not exist. What is recorded here never leaves the
 * tablet: the window has no network but the app's own files, and the store is another database, wiped at each start.
 */
import { digest, fromHex, utf8, type JSONValue } from '@sync/canon';
import { bodyDigest, entryId } from '@sync/chain';
import { NO_PREV } from '@sync/words';
import { dataKey, newDeviceKey, newPerson, seal, wrapFor } from '../keys';
import { PRACTICE_TEAM, PRACTICE_TEXT, practicePacket } from '../practice/packet';
import { endPractice, freshPractice } from '../settings';
import { NOTHING, Store, type EntryRow } from '../store';
import { dayOf } from '../view';
import { boot, unlock } from './people';
import { chance, house, state } from './state';

const DATABASE = 'suijian-practice';
const PIN = '246810';
/** Nothing here is worth guessing a PIN for; a thousand rounds open at once. */
const ROUNDS = 1_000;
const FOR_EVER = '2999-12-31T00:00:00.000Z';

/** Open the practice store as its leader; made anew where practice was just begun. */
export async function practise(): Promise<void> {
  cutOff();
  if (freshPractice()) await wipe();
  house.store = new Store(DATABASE);
  if (!(await house.store.device())) await prepare();
  await boot();
  state.pending = null;
  const leader = PRACTICE_TEAM[0];
  if (leader) await unlock(leader.account, PIN);
}

/** Leave practice: its database goes, and a fresh page has the real one. */
export async function stop(): Promise<void> {
  await house.store.close();
  await wipe();
  endPractice();
}

/** No way out of this window but the app's own files. */
function cutOff(): void {
  Object.defineProperty(navigator, 'onLine', { get: () => false });
  addEventListener('online', (event) => {
    event.stopImmediatePropagation();
  });
  const fetched = globalThis.fetch.bind(globalThis);
  globalThis.fetch = (input, init) => {
    const address = new URL(input instanceof Request ? input.url : input, location.href);
    const own = address.origin === location.origin && address.pathname.startsWith('/tablet/');
    return own ? fetched(input, init) : Promise.reject(new TypeError('practice has no network'));
  };
}

function wipe(): Promise<void> {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.deleteDatabase(DATABASE);
    asked.onsuccess = () => {
      resolve();
    };
    asked.onerror = () => {
      reject(asked.error ?? new Error('the practice store could not be deleted'));
    };
    // Another window still practises: it keeps its store, and this one begins beside it.
    asked.onblocked = () => {
      resolve();
    };
  });
}

async function prepare(): Promise<void> {
  const { store } = house;
  const text = await digest('text/1', PRACTICE_TEXT as unknown as JSONValue);
  const packet = practicePacket(dayOf(Date.now()), text);
  const packetDigest = await digest('packet/1', packet as unknown as JSONValue);
  const raw = chance() + chance();
  const key = await dataKey(fromHex(raw));
  const { visit } = packet;
  const people = await Promise.all(
    PRACTICE_TEAM.map(async ({ account, name }) => {
      const who = { account, name, share: chance() + chance(), leaseUntil: FOR_EVER };
      return (await newPerson(who, PIN, ROUNDS)).person;
    }),
  );
  await store.saveDevice({ ...(await newDeviceKey()), label: '练习平板', serverKey: packet.server_key });
  for (const person of people) await store.savePerson(person);
  const wraps = await Promise.all(
    people.map(async ({ account, publicKey }) => ({
      account,
      visit,
      wrapped: await wrapFor(publicKey, fromHex(raw), `visit:${visit}`),
    })),
  );
  const body = {
    nonce: chance(),
    scheme: packet.scheme,
    target: packet.target.target,
    team: PRACTICE_TEAM.map((one) => ({ ...one })),
    planned_on: packet.planned_on,
    packet_digest: packetDigest,
    supersedes: [],
  };
  const row = await ordered(visit, PRACTICE_TEAM[0]?.account ?? '', body);
  const sealed = await seal(key, utf8(JSON.stringify(packet)), `packet:${visit}`);
  const lying = await seal(key, utf8(JSON.stringify(body)), `entry:${row.id}`);
  await store.takeIn(
    {
      ...NOTHING,
      wraps,
      packets: [{ visit, digest: packetDigest, sealed }],
      texts: [{ digest: text, text: PRACTICE_TEXT }],
      entries: [{ row, body: { entry: row.id, sealed: lying, plain: null } }],
    },
    (known) => known,
  );
}

/** The order of the visit, as an office that does not exist would have given it. */
async function ordered(visit: string, by: string, body: JSONValue): Promise<EntryRow> {
  const envelope = {
    kind: 'visit.ordered',
    subject: visit,
    by,
    device: chance() + chance(),
    seq: 1,
    prev: NO_PREV,
    at: new Date().toISOString(),
    body_digest: await bodyDigest(body),
  };
  return { ...envelope, id: await entryId(envelope), signature: '', visit };
}
