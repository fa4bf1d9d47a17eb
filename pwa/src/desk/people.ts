/** Who may use this tablet: enrolment, PIN, unlocking. */
import { refuse } from '@sync/words';
import * as net from '../exchange';
import {
  afterLease,
  counted,
  newDeviceKey,
  newPerson,
  PIN_TRIES,
  pinIsWeak,
  tryPin,
  type Person,
} from '../keys';
import { isFull } from '../store';
import { askToKeep } from '../store/space';
import { claimWindow, lookAtRoom } from './room';
import { former, house, state, visits } from './state';
import { refresh, freshlyJoined, syncSoon } from './sync';
import { people as everybody, savePerson } from './tries';
import { loadVisits } from './visits';
import { underWay } from './under_way';
import { keysOf, shareWraps } from './wraps';

const OUTDOOR = 'suijian.outdoor';

/** Read what lies here and ask the browser to keep it. */
export async function boot(): Promise<void> {
  const { store } = house;
  state.outdoor = localStorage.getItem(OUTDOOR) === 'yes';
  house.device = (await store.device()) ?? null;
  state.pending = await store.pending();
  state.deviceLabel = house.device?.label ?? '';
  await loadPeople();
  const lost = await store.lost();
  if (lost) state.lost = { waiting: 0, ...lost, cleared: false };
  const inUse = house.device && state.people.length > 0 ? 'locked' : 'unknown';
  state.phase = lost ? 'lost' : inUse;
  state.signal = navigator.onLine ? 'there' : 'none';
  addEventListener('online', () => {
    state.signal = 'there';
    // What was said for want of it is over, also where nobody is at work.
    if (house.device) void refresh();
    syncSoon(true);
  });
  addEventListener('offline', () => {
    state.signal = 'none';
  });
  claimWindow();
  await lookAtRoom();
  if (house.device) await refresh();
}

/** This tablet's own id; the office lists its first signs as 编号. */
export function deviceId(): string {
  return house.device?.id ?? '';
}

export function setOutdoor(on: boolean): void {
  state.outdoor = on;
  localStorage.setItem(OUTDOOR, on ? 'yes' : 'no');
}

async function loadPeople(): Promise<Person[]> {
  const people = await everybody();
  const now = Date.now();
  for (const person of people) {
    const kept = afterLease(person, now);
    if (kept !== person) await savePerson(kept);
  }
  state.people = people
    .map(({ account, name }) => ({ account, name }))
    .sort((a, b) => a.name.localeCompare(b.name, 'zh'));
  return people;
}

/** Register this tablet, or one more person on it. The refusal's sentence, or null: then the PIN is to be set. */
export async function enrol(code: string, label: string): Promise<string | null> {
  const { store } = house;
  const known = await store.device();
  const key = known ?? (await newDeviceKey());
  try {
    const given = await net.enrol(key, code, known?.label ?? label);
    const recovery = given.recovery_key ? { recoveryKey: given.recovery_key } : {};
    const proves = given.proves || (known?.proves ?? false);
    const server = { serverKey: given.server_key, proves, ...recovery };
    house.device = { ...key, label: known?.label ?? label, ...server };
    await store.saveDevice(house.device);
    state.deviceLabel = house.device.label;
    const { id: account, name } = given.account;
    const pending = { account, name, share: given.share, leaseUntil: given.lease_until };
    // The code is used up: what it brought must survive whatever happens next.
    await store.savePending(pending);
    await store.saveSession({ account, token: given.token, expires: given.token_expires });
    state.pending = pending;
    await askToKeep();
    return null;
  } catch (error) {
    return said(error);
  }
}

/** Why that may be nobody's PIN, as a sentence, or null. */
export function weakWords(pin: string): string | null {
  return pinIsWeak(pin) ? refuse('pin_weak').sentence : null;
}

/** Set the PIN of the person who was just enrolled, and open the tablet for that person. */
export async function setPin(pin: string): Promise<string | null> {
  const weak = weakWords(pin);
  if (weak !== null) return weak;
  const { pending } = state;
  if (!pending) return refuse('invite_invalid').sentence;
  const { person, vault } = await newPerson(pending, pin);
  try {
    await house.store.admit(person);
  } catch (error) {
    return said(error);
  }
  if (house.open) await shareWraps();
  await freshlyJoined();
  state.pending = null;
  await loadPeople();
  await enter(person, vault);
  syncSoon(true);
  return null;
}

/** Open the tablet for a person. The refusal's sentence, or null. */
export async function unlock(account: string, pin: string): Promise<string | null> {
  const outcome = await tried(account, pin);
  if (typeof outcome === 'string') return outcome;
  await enter(outcome.person, outcome.vault);
  syncSoon(true);
  return null;
}

/** Whether that PIN is this person's, without changing who is at work: the pen of a signature. */
export async function confirmPin(account: string, pin: string): Promise<string | null> {
  const outcome = await tried(account, pin);
  return typeof outcome === 'string' ? outcome : null;
}

/** Nobody sees anything from now on; what somebody photographed is still saved under that person's name. */
export function lock(): void {
  const before = house.open;
  const shut = (): void => {
    if (house.open !== before) return;
    house.open = null;
    visits.clear();
    former.clear();
  };
  state.me = null;
  state.phase = 'locked';
  const going = underWay();
  if (going) void going.then(shut);
  else shut();
}

async function tried(account: string, pin: string): Promise<{ person: Person; vault: CryptoKey } | string> {
  let person = (await everybody()).find((one) => one.account === account);
  if (!person) return refuse('device_unknown').sentence;
  const now = Date.now();
  if (afterLease(person, now).share === null) {
    const renewed = await renewedLease(person);
    if (typeof renewed === 'string') return renewed;
    person = renewed;
  }
  // Counted before it is tried: whoever kills the program in mid-try has used up the try all the same.
  await savePerson(person.lockedUntil > now ? person : counted(person, now));
  const outcome = await tryPin(person, pin, now);
  await savePerson(outcome.person);
  if (outcome.is === 'refused' || (person.wrong ?? 0) > 0) void standing();
  if (outcome.is === 'open') return outcome;
  if (outcome.is === 'lease_over') return LEASE_OVER;
  return refuse(outcome.code, outcome.details).sentence;
}

/** Why this person's PIN is not asked for now, as a sentence; null where it is. */
export async function pausedWords(account: string): Promise<string | null> {
  const person = (await everybody()).find((one) => one.account === account);
  const now = Date.now();
  const minutes = Math.ceil(((person ? afterLease(person, now).lockedUntil : 0) - now) / 60_000);
  return minutes > 0 ? refuse('pin_locked', { limit: PIN_TRIES, minutes }).sentence : null;
}

/** How this tablet stands with the office (停用, 暂停解锁): apart from the shell, by the tablet's own key. */
export async function standing(): Promise<void> {
  await (await import('./lost')).standing();
}

const LEASE_OVER = '本机离线使用期限已到，请联网后再解锁；记录都在本机，没有丢失。';

async function renewedLease(person: Person): Promise<Person | string> {
  if (!house.device) return refuse('device_unknown').sentence;
  try {
    const session = await net.openSession(house.device, person.account);
    const { token, token_expires: expires, share, lease_until: leaseUntil } = session;
    await ifRoom(house.store.saveSession({ account: person.account, token, expires }));
    if (share === undefined || leaseUntil === undefined) {
      if (session.revoked) void standing();
      return refuse(session.withheld ? 'pin_withheld' : 'device_revoked').sentence;
    }
    return { ...person, share, leaseUntil };
  } catch (error) {
    return error instanceof net.NoAnswer ? LEASE_OVER : said(error);
  }
}

async function enter(person: Person, vault: CryptoKey): Promise<void> {
  performance.mark('pin-accepted');
  await underWay();
  // Nobody is at work before the keys are here: whoever looks meanwhile would find visits that do not open.
  const { keys, shut } = await keysOf(person.account, vault);
  if (shut.size > 0) await ifRoom(freshlyJoined());
  const { account, name } = person;
  const before = [house.open, state.me, state.phase] as const;
  // Together: the screen names whoever records.
  house.open = { account, vault, keys, guests: new Map(), shut };
  state.me = { account, name };
  try {
    await ifRoom(shareWraps());
    state.phase = 'open';
    await loadVisits();
    state.lastPerson = account;
  } catch (error) {
    [house.open, state.me, state.phase] = before;
    throw error;
  }
}

/** What opening the tablet leaves for later: where there is no room it is done the next time, and the tablet opens. */
async function ifRoom(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (!isFull(error)) throw error;
  }
}

/** What went wrong with the network, or for want of room, as a sentence. */
export function said(error: unknown): string {
  if (isFull(error)) return refuse('tablet_full').sentence;
  if (error instanceof net.Declined) return error.refusal.sentence;
  if (error instanceof net.NoAnswer) return '没有连上服务器，请检查网络后重试；已填写的内容仍在本页。';
  throw error;
}
