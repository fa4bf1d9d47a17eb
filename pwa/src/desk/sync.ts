/** Sending and receiving: one at a time for the whole tablet, driven by the pure machine. */
import { thumbprint } from '@sync/chain';
import { hurry, isAnotherServer, nextAction, offerAgain, summary, took } from '@sync/exchange';
import { LONGEST_MS, START, type Action, type Outcome, type State } from '@sync/exchange_words';
import { refuse, REFUSALS } from '@sync/words';
import * as net from '../exchange';
import { exclusive, isFull, NOTHING } from '../store';
import { doing, type Done } from './actions';
import { tellOthers, type Changed } from './channel';
import { atWork, house, Locked, state, visits } from './state';
import { count, load, loadVisits } from './visits';

const SOON_MS = 1_500;
/** How long a tablet without room, or with a fault of its own, waits before the next try: this, doubled by each. */
const FULL_MS = 60_000;
const SECOND = '本机已在另一个窗口打开，请回到那个窗口填写；这里保存的记录同样有效。';
const FAULT =
  '同步时本机出了差错，记录都在本机，稍后自动再试；一直这样时，点“导出未上传记录”，把文件交办公室导入。';
const NO_SIGNAL = '现在没有信号，记录都在本机；有信号时会自动上传。';
const OVER_THE_AIR = '没有连上服务器，记录都在本机；有信号后自动同步。';

let timer: ReturnType<typeof setTimeout> | undefined;
let running = false;
let wanted = false;
/** What went wrong with the last action, as a sentence; null once one went well. */
let trouble: string | null = null;
/** How often in a row sync broke off with a fault of its own. */
let faults = 0;

/** Sync shortly; `now` also ends the machine's waiting, because signal came back or somebody asked. */
export function syncSoon(now = false): void {
  clearTimeout(timer);
  timer = setTimeout(() => void exchangeAll(now), now ? 0 : SOON_MS);
}

/** 同步, tapped: whoever asks without signal is told so. */
export async function syncNow(asked = true): Promise<void> {
  if (navigator.onLine) await exchangeAll(asked);
  else if (asked) state.hindrance = NO_SIGNAL;
}

/** Everything that is due, until nothing is; once more where somebody asked meanwhile. Does nothing while the
 * tablet is locked; what locking interrupts is done again later, for nothing is taken in by halves. */
async function exchangeAll(asked: boolean): Promise<void> {
  if (running) wanted ||= asked;
  if (running || !house.open || !navigator.onLine) return;
  running = true;
  clearTimeout(timer);
  const { account } = house.open;
  try {
    const revoked = await exclusive('suijian/sync', async () => {
      if (asked) await change(hurry);
      if (!(await house.store.session(account))) await change((known) => ({ ...known, signed_in: false }));
      let waitUntil = 0;
      while (house.open?.account === account && waitUntil === 0) {
        const now = Date.now();
        const known = await house.store.exchange();
        if (known.revoked) return true;
        const action = nextAction(known, now);
        state.syncing = wordsFor(action);
        if (action.kind === 'idle') waitUntil = action.until;
        else await step(action, known);
      }
      if (waitUntil > 0) again(waitUntil - Date.now());
      faults = 0;
      return false;
    });
    await refresh();
    // What follows is not this person's to do: the tablet asks how it stands, clears itself and hands in what is sealed.
    if (revoked) await (await import('./lost')).standing();
  } catch (error) {
    // Locked: whoever unlocks goes on.
    if (!(error instanceof Locked)) brokeOff(error);
  } finally {
    running = false;
    state.syncing = null;
    if (wanted) syncSoon(true);
    wanted = false;
  }
}

function again(wait: number): void {
  timer = setTimeout(() => void exchangeAll(false), Math.max(1_000, wait));
}

/** Whatever it was, somebody is told and it is tried again: what came is asked for again, what was recorded is here. */
export function brokeOff(error: unknown): void {
  if (!isFull(error)) console.error(error);
  trouble = isFull(error) ? refuse('tablet_full').sentence : FAULT;
  state.hindrance = trouble;
  again(Math.min(LONGEST_MS, FULL_MS * 2 ** faults++));
}

/** Offer once more what the server set aside (重新上传). */
export async function sendAgain(): Promise<void> {
  await change(offerAgain);
  syncSoon(true);
}

/** A person was added: the keys of visits that came earlier are fetched again, now for this person too. */
export async function freshlyJoined(): Promise<void> {
  await change(fromTheStart);
}

/** The counts of everything and of each visit, as the machine knows them. */
export async function refresh(): Promise<void> {
  const known = await house.store.exchange();
  await count(known);
  for (const [visit, loaded] of visits) visits.set(visit, { ...loaded, counts: summary(known, visit) });
  const code = known.revoked ? 'device_revoked' : known.blocked;
  if (code && code in REFUSALS) state.hindrance = REFUSALS[code as keyof typeof REFUSALS];
  else state.hindrance = trouble ?? (state.second ? SECOND : (state.damaged ?? state.room));
}

function fromTheStart(known: State): State {
  return { ...known, cursor: START, more: true, signed_in: false };
}

function change(next: (known: State) => State): Promise<State> {
  return house.store.takeIn(NOTHING, next);
}

function wordsFor(action: Action): string | null {
  switch (action.kind) {
    case 'session':
      return '正在连接…';
    case 'push':
      return action.entries.length > 0 ? `正在上传 ${String(action.entries.length)} 条记录…` : '正在接收…';
    case 'packets':
      return `正在下载 ${String(action.digests.length)} 份检查资料…`;
    case 'blob':
      return '正在上传照片…';
    case 'idle':
      return null;
  }
}

/** Do one action and tell the machine. */
async function step(action: Exclude<Action, { kind: 'idle' }>, known: State): Promise<void> {
  let done: Done;
  try {
    done = await doing(action, known);
    trouble = null;
    // An answer may come in after the signal went: what is shown is what is now.
    state.signal = navigator.onLine ? 'there' : 'none';
    if (done.outcome.kind !== 'unauthorised') state.syncedAt = Date.now();
  } catch (error) {
    done = { action, outcome: failed(error), haul: NOTHING };
  }
  const jitter = crypto.getRandomValues(new Uint16Array(1))[0] ?? 0;
  const forget = await forgotten(done.outcome, known);
  const next = await house.store.takeIn({ ...done.haul, forget }, (now) =>
    took(now, done.action, done.outcome, Date.now(), jitter % 1000),
  );
  const packets = done.haul.packets.length > 0 || forget !== null;
  const changed = { visits: [...touched(done, known, next)], packets };
  tellOthers(changed);
  await readAnew(changed);
}

export async function readAnew({ visits: changed, packets }: Changed): Promise<void> {
  if (packets) await loadVisits();
  else for (const visit of changed) await load(visit);
  await refresh();
}

/** The office's own device where the server is an older one of itself; null where there is nothing to forget. */
async function forgotten(outcome: Outcome, known: State): Promise<string | null> {
  if (outcome.kind !== 'exchanged' || !isAnotherServer(known, outcome)) return null;
  return thumbprint(atWork().device.serverKey);
}

/** Visits that fold to something else now: news about them came, or a receipt holds something or frees it. */
function touched(done: Done, known: State, next: State): Set<string> {
  const visits = new Set(done.haul.entries.map(({ row }) => row.visit));
  for (const [id, entry] of Object.entries(next.entries)) {
    const before = known.entries[id];
    if (entry.code !== (before?.code ?? null)) visits.add(entry.visit);
  }
  return visits;
}

function failed(error: unknown): Outcome {
  if (error instanceof net.Declined) {
    state.signal = 'there';
    trouble = error.refusal.sentence;
    return error.status === 401 ? { kind: 'unauthorised' } : { kind: 'declined', code: error.refusal.code };
  }
  if (!(error instanceof net.NoAnswer)) throw error;
  state.signal = navigator.onLine ? 'unreachable' : 'none';
  trouble = OVER_THE_AIR;
  return { kind: 'unreachable' };
}
