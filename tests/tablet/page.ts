/**
 * A page of the app: the real desk, store, keys and exchange, loaded anew for each page over a simulated IndexedDB,
 * with a clock, a network and Web Locks of its own device. It can be hurt at every await: killed before or after a
 * commit, its database closed under it, its quota used up. A killed page never hears of anything again.
 */
import 'fake-indexeddb/auto';
import { AsyncLocalStorage } from 'node:async_hooks';
import { forceCloseDatabase } from 'fake-indexeddb';
import { vi } from 'vitest';
import type { Chance } from './chance';
import { inOrder, outOfOrder } from './order';

const REAL = { Date, setTimeout, clearTimeout, indexedDB };
/** No step of a page takes so long; one that does waits for ever. */
const HANGS_MS = 20_000;
const NEVER = new Promise<never>(() => undefined);

export type Desk = typeof import('../../pwa/src/desk');
export type State = typeof import('../../pwa/src/desk/state');
export type StoreModule = typeof import('../../pwa/src/store');
type HandIn = typeof import('../../pwa/src/desk/handin');
type Lost = typeof import('../../pwa/src/desk/lost');

/** What one request of a page meets on its way. */
export type Wire = (page: Page, method: string, path: string, init: RequestInit) => Promise<Response>;

/** A tablet as a thing: its disk by name, its clock's error in ms, and who holds its locks. */
export interface Machine {
  disk: string;
  skew: number;
  locks: Map<string, Page[]>;
}

interface RawTransaction extends IDBTransaction {
  db: IDBDatabase & { _rawDatabase: { processTransactions: () => void } };
  _execRequestAsync: (asked: unknown) => IDBRequest;
  _abort: (name: string) => void;
}

/** How often each thing goes wrong, per request to the database or per transaction. */
export interface Ills {
  killInside: number;
  killAfterCommit: number;
  closed: number;
  unheard: number;
  quota: number;
}
export const HEALTHY: Ills = { killInside: 0, killAfterCommit: 0, closed: 0, unheard: 0, quota: 0 };

const inside = new AsyncLocalStorage<Page>();
const BEGINS = REAL.Date.parse('2026-11-20T01:00:00Z');
let now = BEGINS;

/** True time begins anew. */
export function begins(): void {
  now = BEGINS;
}

/** True time goes on. */
export function passes(milliseconds: number): void {
  now += milliseconds;
}

export class Page {
  dead = false;
  ills: Ills = HEALTHY;
  desk!: Desk;
  inner!: State;
  store!: StoreModule;
  handIn!: HandIn;
  standing!: Lost;
  readonly died: Promise<'dead'>;
  private tell: () => void = () => undefined;
  private readonly connections = new Set<IDBDatabase>();
  private readonly open = new Set<RawTransaction>();

  constructor(
    readonly machine: Machine,
    readonly wire: Wire,
    readonly chance: Chance,
    readonly count: (what: string) => void,
  ) {
    this.died = new Promise((resolve) => {
      this.tell = () => {
        resolve('dead');
      };
    });
  }

  get time(): number {
    return now + this.machine.skew;
  }

  /** Load the app in this page. */
  async load(): Promise<this> {
    await inside.run(this, async () => {
      vi.resetModules();
      const [desk, inner, store, handIn, lost] = await Promise.all([
        import('../../pwa/src/desk'),
        import('../../pwa/src/desk/state'),
        import('../../pwa/src/store'),
        vi.importActual<HandIn>('../../pwa/src/desk/handin'),
        vi.importActual<Lost>('../../pwa/src/desk/lost'),
      ]);
      this.desk = desk;
      this.inner = inner;
      this.store = store;
      this.handIn = handIn;
      this.standing = lost;
      inner.house.store = new store.Store(this.machine.disk);
    });
    return this;
  }

  /** Do something as this page. 'dead' where the page was killed before it was done. */
  run<T>(work: () => Promise<T>): Promise<T | 'dead'> {
    if (this.dead) return this.died;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hangs = new Promise<never>((_, reject) => {
      timer = REAL.setTimeout(() => {
        reject(new Error('the page hangs'));
      }, HANGS_MS);
    });
    return Promise.race([inside.run(this, work), this.died, hangs]).finally(() => {
      REAL.clearTimeout(timer);
    });
  }

  /** SIGKILL: what did not commit is undone, locks are free, and nothing runs any more. */
  kill(): void {
    if (this.dead) return;
    this.dead = true;
    for (const tx of this.open) undo(tx);
    this.open.clear();
    for (const db of this.connections) db.close();
    for (const [name, queue] of this.machine.locks) {
      const held = queue[0] === this;
      const left = queue.filter((one) => one !== this);
      this.machine.locks.set(name, left);
      if (held) wake(name, this.machine);
    }
    this.tell();
  }

  /** The browser closes the database: iOS with a word (close event), or without one. */
  closeDatabases(): void {
    for (const db of this.connections) {
      if (this.chance.is(0.5)) forceCloseDatabase(db as never);
      else db.close();
    }
    this.connections.clear();
  }

  connected(db: IDBDatabase): void {
    this.connections.add(db);
    const begin = db.transaction.bind(db);
    db.transaction = (...asked: Parameters<IDBDatabase['transaction']>): IDBTransaction => {
      if (this.dead) return DEAD as unknown as IDBTransaction;
      if (this.chance.is(this.ills.closed)) {
        this.count('database closed under the page');
        this.closeDatabases();
      }
      const tx = begin(...asked) as RawTransaction;
      this.watch(tx);
      return tx;
    };
  }

  private watch(tx: RawTransaction): void {
    this.open.add(tx);
    const hush = (event: Event): void => {
      if (this.dead) event.stopImmediatePropagation();
    };
    // The page hears nothing, but the database goes on to the next window's transaction.
    const over = (event: Event): void => {
      this.open.delete(tx);
      hush(event);
      if (this.dead) tx.db._rawDatabase.processTransactions();
    };
    const writes = tx.mode === 'readwrite';
    tx.addEventListener('complete', (event) => {
      if (writes && !this.dead && this.chance.is(this.ills.killAfterCommit)) {
        this.count('killed after a commit that it never heard of');
        this.kill();
      } else if (writes && !this.dead && this.chance.is(this.ills.unheard)) {
        this.count('committed, but told as lost');
        event.stopImmediatePropagation();
        this.lost(tx);
        return;
      }
      over(event);
    });
    tx.addEventListener('abort', over);
    tx.addEventListener('error', hush);
    const ask = tx._execRequestAsync.bind(tx);
    tx._execRequestAsync = (asked) => {
      const request = ask(asked);
      request.addEventListener('success', hush);
      request.addEventListener('error', hush);
      if (writes) this.hurt(tx);
      return request;
    };
  }

  /** The connection broke after the commit and before its word: the page hears of an aborted transaction. */
  private lost(tx: RawTransaction): void {
    Object.defineProperty(tx, 'error', { value: new DOMException('Connection lost', 'UnknownError') });
    this.closeDatabases();
    tx.dispatchEvent(new IDBVersionChangeEvent('abort'));
  }

  private hurt(tx: RawTransaction): void {
    if (this.dead) return;
    if (this.chance.is(this.ills.killInside)) {
      this.count('killed inside a transaction');
      this.kill();
    } else if (this.chance.is(this.ills.quota)) {
      this.count('quota exceeded');
      setImmediate(() => {
        if (this.open.has(tx)) tx._abort('QuotaExceededError');
      });
    }
  }
}

function undo(tx: RawTransaction): void {
  try {
    tx.abort();
  } catch {
    // It had committed or aborted by itself a moment before.
  }
}

/** Whatever a dead page asks of its database, it never hears. */
const DEAD_TABLE: Record<string, unknown> = {};
for (const name of ['get', 'getAll', 'getKey', 'getAllKeys', 'put', 'add', 'delete', 'openCursor', 'count'])
  DEAD_TABLE[name] = () => NEVER;
DEAD_TABLE.index = () => DEAD_TABLE;
const DEAD = { objectStore: () => DEAD_TABLE, store: DEAD_TABLE, done: NEVER, abort: () => undefined };

// --- the world of a page -------------------------------------------------------------------------------------

interface Waiting {
  page: Page;
  go: () => void;
}
const waiting = new Map<string, Waiting[]>();

function wake(name: string, machine: Machine): void {
  const key = `${machine.disk} ${name}`;
  const next = waiting.get(key)?.find(({ page }) => machine.locks.get(name)?.[0] === page);
  if (!next) return;
  waiting.set(
    key,
    (waiting.get(key) ?? []).filter((one) => one !== next),
  );
  next.go();
}

async function locked<T>(page: Page, name: string, work: (lock: object | null) => Promise<T>, now_: boolean) {
  const queue = page.machine.locks.get(name) ?? [];
  if (now_ && queue.length > 0) return work(null);
  page.machine.locks.set(name, [...queue, page]);
  if (queue.length > 0) {
    page.count('waited for another window');
    const key = `${page.machine.disk} ${name}`;
    await new Promise<void>((go) => waiting.set(key, [...(waiting.get(key) ?? []), { page, go }]));
  }
  try {
    return await work({});
  } finally {
    if (!page.dead) {
      const [, ...left] = page.machine.locks.get(name) ?? [];
      page.machine.locks.set(name, left);
      wake(name, page.machine);
    }
  }
}

function here(): Page {
  const page = inside.getStore();
  if (!page) throw new Error('no page is running');
  return page;
}

/** The browser's globals, each answering for the page that asks. */
export function install(): void {
  inOrder();
  // What a page loads later is that page's own, however many were loaded since.
  vi.doMock('../../pwa/src/desk/handin', () => ({
    handInSealed: (...all: Parameters<HandIn['handInSealed']>) => here().handIn.handInSealed(...all),
    handInPhoto: (...all: Parameters<HandIn['handInPhoto']>) => here().handIn.handInPhoto(...all),
  }));
  vi.doMock('../../pwa/src/desk/lost', () => ({
    standing: () => here().standing.standing(),
  }));
  const clock = class extends REAL.Date {
    constructor(...given: unknown[]) {
      super(...((given.length > 0 ? given : [clock.now()]) as [number]));
    }
    static override now(): number {
      return inside.getStore()?.time ?? now;
    }
  };
  const global = globalThis as unknown as Record<string, unknown>;
  global.Date = clock;
  // The schedule says when time passes: a page's timers never go off by themselves.
  global.setTimeout = (work: () => void, ms?: number): unknown =>
    inside.getStore() ? 0 : REAL.setTimeout(work, ms);
  global.localStorage = { getItem: () => null, setItem: () => undefined, removeItem: () => undefined };
  global.addEventListener = () => undefined;
  // The scene itself starts the other windows of a tablet that cleared itself anew.
  delete global.BroadcastChannel;
  global.indexedDB = new Proxy(REAL.indexedDB, {
    get(target, name) {
      if (name !== 'open') return Reflect.get(target, name) as unknown;
      return (disk: string, version: number) => {
        const page = here();
        const asked = target.open(disk, version);
        asked.addEventListener('success', (event) => {
          if (page.dead) event.stopImmediatePropagation();
          else page.connected(asked.result);
        });
        return asked;
      };
    },
  });
  global.fetch = (path: string, init: RequestInit) => {
    const page = here();
    return page.dead ? NEVER : page.wire(page, init.method ?? 'GET', path, init);
  };
  Object.defineProperty(globalThis, 'navigator', {
    configurable: true,
    value: {
      onLine: true,
      storage: {
        persist: () => Promise.resolve(true),
        persisted: () => Promise.resolve(true),
        estimate: () => Promise.resolve({ quota: 10 ** 10, usage: 10 ** 6 }),
      },
      locks: {
        request: <T>(
          name: string,
          options: { ifAvailable?: boolean } | (() => Promise<T>),
          work?: (lock: object | null) => Promise<T>,
        ) => {
          const page = here();
          if (page.dead) return NEVER;
          if (typeof options === 'function') return locked(page, name, options, false);
          return locked(
            page,
            name,
            work as (lock: object | null) => Promise<T>,
            options.ifAvailable ?? false,
          );
        },
      },
    },
  });
}

export function uninstall(): void {
  outOfOrder();
  const global = globalThis as unknown as Record<string, unknown>;
  global.Date = REAL.Date;
  global.setTimeout = REAL.setTimeout;
  global.indexedDB = REAL.indexedDB;
}
