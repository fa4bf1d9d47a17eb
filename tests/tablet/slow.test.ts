/** A weak line: what takes long arrives, what is silent is given up, and what broke off is asked for in smaller parts. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { call, jsonOf, NoAnswer } from '../../pwa/src/exchange';
import { office, One, packet } from './one';
import { install, passes, uninstall } from './page';

describe('the limit of time counts silence, not the whole answer', () => {
  const LIMIT = 1_000;
  const real = globalThis.fetch;
  let answers: (answer: ServerResponse) => void = () => undefined;
  const server = createServer((asked, answer) => {
    asked.resume().on('end', () => {
      answers(answer);
    });
  });
  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    globalThis.fetch = (path, init) => real(`http://127.0.0.1:${String(port)}${path as string}`, init);
  });
  afterAll(() => {
    globalThis.fetch = real;
    server.closeAllConnections();
    server.close();
  });
  const ask = async (): Promise<unknown> =>
    jsonOf(await call('/field/x', { method: 'POST', body: '{}' }, undefined, LIMIT));

  test('an answer that drips for much longer than the limit arrives', async () => {
    answers = (answer) => {
      const parts = ['{"a', '":', ' [', '1', ', 2', ', 3', ', 4', ', 5', ']', '}'];
      const drip = (): void => {
        const part = parts.shift();
        if (part === undefined) answer.end();
        else {
          answer.write(part);
          setTimeout(drip, LIMIT / 4);
        }
      };
      drip();
    };
    expect(await ask()).toEqual({ a: [1, 2, 3, 4, 5] });
  });

  test('one that falls silent in the middle is no answer', async () => {
    answers = (answer) => answer.write('{"a":');
    await expect(ask()).rejects.toThrow(NoAnswer);
  });

  test('nor is one that never begins', async () => {
    answers = () => undefined;
    await expect(ask()).rejects.toThrow(NoAnswer);
  });

  test('a refusal is read as before', async () => {
    answers = (answer) =>
      answer.writeHead(503).end(JSON.stringify({ code: 'server_busy', sentence: '服务器忙', details: {} }));
    await expect(ask()).rejects.toThrow('server_busy');
  });
});

describe('a line that carries two packets at once and no more', () => {
  beforeAll(install);
  afterAll(uninstall);
  let one: One;
  afterEach(() => {
    one.page.kill();
  });

  const ids = Array.from({ length: 12 }, (_, i) => i.toString(16).repeat(32).slice(0, 32));

  test('brings twelve visits all the same, each packet once', async () => {
    const { server, net, team } = await office();
    const [me] = team;
    if (!me) throw new Error('the vector has no team');
    one = await One.of(server, net, me);
    for (const visit of ids) await server.order({ ...packet, visit, team: [me] });
    const came: string[] = [];
    one.wire = async (page, method, path, init) => {
      if (path !== '/field/packets') return net.carry(page, method, path, init);
      const { digests } = JSON.parse(init.body as string) as { digests: string[] };
      if (digests.length > 2) throw new TypeError('the line broke');
      came.push(...digests);
      return net.carry(page, method, path, init);
    };
    for (let i = 0; i < 8; i++) {
      passes(400_000);
      await one.sync();
    }
    for (const visit of ids) expect(one.page.desk.visits.has(visit)).toBe(true);
    expect(new Set(came).size).toBe(came.length);
  });

  test('shows what came before it broke', async () => {
    const { server, net, team } = await office();
    const [me] = team;
    if (!me) throw new Error('the vector has no team');
    one = await One.of(server, net, me);
    for (const visit of ids) await server.order({ ...packet, visit, team: [me] });
    let left = 1;
    one.wire = (page, method, path, init) => {
      if (path === '/field/packets' && left-- <= 0) throw new TypeError('the line broke');
      return net.carry(page, method, path, init);
    };
    await one.sync();
    expect(one.page.desk.visits.size).toBeGreaterThan(2);
    expect(one.page.desk.visits.size).toBeLessThan(ids.length);
    one.wire = net.carry;
    passes(400_000);
    await one.sync();
    expect(one.page.desk.visits.size).toBe(ids.length + 1);
  });
});
