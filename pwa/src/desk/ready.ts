/** 可以出发: what the tablet finds out about itself before the team leaves. Loaded when a visit asks for it. */
import type { Packet } from '@sync/words';
import { clockSkew } from '../exchange/clock';
import type { Probed } from '../view/door';
import { house, state } from './state';

const SKEW = 'suijian.skew';
const SHELL = '/tablet/index.html';

/** What holds on this tablet for this visit. Measures the clock where there is signal, else tells the last measure. */
export async function probe(packet: Packet): Promise<Probed> {
  const here = new Set(await house.store.textDigests());
  const wanted = new Set(packet.blocks.flatMap(({ items }) => items.map(({ text }) => text)));
  const estimate = await navigator.storage.estimate();
  const { quota, usage } = estimate;
  const me = (await house.store.people()).find(({ account }) => account === state.me?.account);
  return {
    missingTexts: [...wanted].filter((digest) => !here.has(digest)).length,
    free: quota === undefined || usage === undefined ? null : Math.max(0, quota - usage),
    persisted: await navigator.storage.persisted(),
    skew: await skewNow(),
    lease: me?.leaseUntil ?? null,
    offline: (await caches.match(SHELL, { ignoreSearch: true })) !== undefined,
  };
}

async function skewNow(): Promise<Probed['skew']> {
  const ms = navigator.onLine ? await clockSkew() : null;
  if (ms !== null) localStorage.setItem(SKEW, JSON.stringify({ ms, at: Date.now() }));
  const kept = localStorage.getItem(SKEW);
  return kept === null ? null : (JSON.parse(kept) as Probed['skew']);
}

/** Visits with texts of law that are not on board, by id: 资料不全. */
export async function incomplete(packets: Iterable<Packet>): Promise<Set<string>> {
  const here = new Set(await house.store.textDigests());
  const found = new Set<string>();
  for (const packet of packets)
    if (packet.blocks.some(({ items }) => items.some(({ text }) => !here.has(text)))) found.add(packet.visit);
  return found;
}
