/** The network between a page and the server, as bad as it gets. Every fault has a name and is counted. */
import type { JSONValue } from '@sync/canon';
import type { Chance } from './chance';
import type { Page } from './page';
import { refused, type Reply, type Sent, type Server } from './server';

type Fate = (net: Network, page: Page, sent: Sent) => Promise<Reply>;

export class Network {
  calm = false;
  /** What happens to a request in trouble. */
  fates: readonly Fate[] = FATES;
  trouble = 0.35;
  late: Sent[] = [];
  bug: unknown = null;

  constructor(
    readonly server: Server,
    readonly chance: Chance,
    readonly count: (what: string) => void,
  ) {}

  /** What `fetch` of a page does. */
  readonly carry = async (page: Page, method: string, path: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers);
    const sent: Sent = {
      method,
      path,
      token: headers.get('Authorization')?.slice('Bearer '.length) ?? null,
      proof: headers.get('Device-Proof') ?? '',
      nonce: headers.get('Answer-Nonce') ?? '',
      body: bytesOf(init.body),
      from: Number(headers.get('Upload-Offset') ?? 0),
    };
    const fate = !this.calm && this.chance.is(this.trouble) ? this.chance.of(this.fates) : through;
    const reply = await fate(this, page, sent);
    // A page that was killed meanwhile never hears of the answer.
    if (page.dead) return new Promise<never>(() => undefined);
    const body = reply.body === null ? null : textOf(reply);
    return new Response(body, { status: reply.status, headers: reply.headers ?? {} });
  };

  async ask(sent: Sent): Promise<Reply> {
    try {
      return await this.server.proven(sent);
    } catch (error) {
      // A fault of this server must not pass for a fault of the network.
      this.bug ??= error;
      throw error;
    }
  }

  /** A request that was still on its way arrives; nobody waits for its answer. */
  async deliverLate(): Promise<void> {
    const [sent] = this.late.splice(this.chance.below(this.late.length), 1);
    if (!sent) return;
    this.count('request arrived late, out of order');
    await this.ask(sent);
  }
}

const CUT = Symbol('cut');
interface CutReply extends Reply {
  [CUT]?: number;
}

function textOf(reply: CutReply): string {
  const text = JSON.stringify(reply.body);
  return reply[CUT] === undefined ? text : text.slice(0, reply[CUT]);
}

function bytesOf(body: unknown): Uint8Array {
  if (typeof body === 'string') return new TextEncoder().encode(body);
  return body instanceof Uint8Array ? body.slice() : new Uint8Array();
}

const through: Fate = (net, _page, sent) => net.ask(sent);

function dead(): never {
  throw new TypeError('Failed to fetch');
}

/** The same answer, saying that everything is whole and backed up; null where it says nothing of that. */
function lies(body: Reply['body']): Reply['body'] {
  const said = (body ?? {}) as Record<string, JSONValue>;
  if ('backed_up' in said) return { ...said, backed_up: 999_999 };
  return 'stored' in said && 'offset' in said ? { ...said, stored: 1 } : null;
}

/** A lie about what is safe, from somebody who has not the server's key. */
export const unsigned: Fate = async (net, _page, sent) => {
  const reply = await net.ask(sent);
  if (!reply.headers?.['Answer-Proof'] || !lies(reply.body)) return reply;
  net.count('a lie about backups and pictures, without a proof');
  return { status: reply.status, body: lies(reply.body) };
};

const FATES: readonly Fate[] = [
  (net) => {
    net.count('request lost');
    dead();
  },
  async (net, _page, sent) => {
    await net.ask(sent);
    net.count('answer lost after the commit');
    dead();
  },
  async (net, _page, sent) => {
    const reply: CutReply = await net.ask(sent);
    if (reply.body === null) return reply;
    net.count('answer cut in mid-body');
    return { ...reply, [CUT]: net.chance.below(JSON.stringify(reply.body).length) };
  },
  (net, _page, sent) => {
    net.count('request delayed beyond the time-out');
    net.late.push(sent);
    dead();
  },
  async (net, _page, sent) => {
    net.count('request duplicated, the copy later');
    net.late.push(sent);
    return net.ask(sent);
  },
  async (net, _page, sent) => {
    net.count('request duplicated, both at once');
    const [first] = await Promise.all([net.ask(sent), net.ask(sent)]);
    return first;
  },
  async (net, _page, sent) => {
    if (sent.method !== 'PUT' || sent.body.length < 2) return net.ask(sent);
    net.count('photo upload broke off in mid-body');
    await net.ask({ ...sent, body: sent.body.slice(0, 1 + net.chance.below(sent.body.length - 1)) });
    dead();
  },
  unsigned,
  (net) => {
    net.count('a portal page instead of the answer');
    return Promise.resolve({ status: 200, body: '请登录无线网络' });
  },
  (net) => {
    net.count('server busy');
    return Promise.resolve(refused(503, net.chance.of(['server_busy', 'storage_full'])));
  },
  async (net, _page, sent) => {
    net.count('session gone (401)');
    net.server.sessions.clear();
    return net.ask(sent);
  },
  async (net, _page, sent) => {
    if (sent.path !== '/field/exchange') return net.ask(sent);
    const reply = await net.ask(sent);
    const body = reply.body as { received?: unknown[] };
    if (!body.received?.length) return reply;
    net.count('receipts lost from the answer');
    return { ...reply, body: { ...(reply.body as object), received: [] } as never };
  },
  async (net, _page, sent) => {
    const reply = await net.ask(sent);
    const body = structuredClone(reply.body) as { received?: { entry: { signature: string } }[] };
    const [first] = body.received ?? [];
    if (!first) return reply;
    net.count('a receipt with a forged signature');
    first.entry.signature = '1'.repeat(128);
    return { ...reply, body: body as never };
  },
  async (net, page, sent) => {
    await net.ask(sent);
    net.count('page killed before it kept the answer');
    page.kill();
    return { status: 200, body: {} };
  },
];
