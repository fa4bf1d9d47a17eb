// The TypeScript twins, as long as somebody asks: a line of JSON on stdin ({packet, histories: [{entries, office,
// drafts}], exchanges: [steps], full}), a line on stdout. For every history the digest of what the twins say of it (or,
// with `full`, what they say): ids and digests of its entries, its state, its record, its progress, the codes of the
// drafts. For every exchange the same of its actions, state and summary.
import { createInterface } from 'node:readline';
import { createServer } from '../../pwa/node_modules/vite/dist/node/index.js';

const sync = new URL('../../sync/', import.meta.url).pathname;
const server = await createServer({
  configFile: false,
  root: sync,
  logLevel: 'error',
  server: { middlewareMode: true, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});
const load = (name) => server.ssrLoadModule(`${sync}${name}.ts`);
const [{ digest }, chain, { fold }, { recordOf }, { check }, { progress }, exchange] = await Promise.all(
  ['canon', 'chain', 'fold', 'record', 'check', 'progress', 'exchange'].map(load),
);

const ofHistory = async (packet, { entries, office, drafts }) => {
  const state = fold(entries, office ? new Set(office) : undefined);
  const record = await digest('record/1', recordOf(packet, state));
  const names = [];
  for (const [entry, body] of entries) {
    names.push(await chain.entryId(entry), body === null ? '' : await chain.bodyDigest(body));
  }
  const codes = drafts.map((draft) => check(packet, state, draft)?.code ?? null);
  return { state, record, progress: progress(packet, state, record), codes, names };
};

const ofExchange = (steps) => {
  let state = exchange.EMPTY;
  let action;
  const actions = [];
  for (const { do: what, with: given } of steps) {
    if (what === 'ask') {
      action = exchange.nextAction(state, ...given);
      actions.push(action);
    } else if (what === 'took') state = exchange.took(state, action, ...given);
    else state = exchange[what](state, ...given);
  }
  return { actions, state, summary: exchange.summary(state) };
};

const plain = (value) => JSON.parse(JSON.stringify(value));
let packet = null;
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  const asked = JSON.parse(line);
  packet = asked.packet ?? packet;
  const histories = [];
  for (const one of asked.histories) histories.push(plain(await ofHistory(packet, one)));
  const exchanges = asked.exchanges.map((steps) => plain(ofExchange(steps)));
  const told = async (value) => (asked.full ? value : await digest('twins/1', value));
  const answer = { histories: [], exchanges: [] };
  for (const one of histories) answer.histories.push(await told(one));
  for (const one of exchanges) answer.exchanges.push(await told(one));
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await server.close();
