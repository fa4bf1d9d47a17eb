// Runs the TypeScript twins on histories: JSON on stdin ({packet, histories: [{entries, office, drafts}]}), on stdout
// for each its state, the digest of its record, its progress and the code of every draft.
import { createServer } from '../../pwa/node_modules/vite/dist/node/index.js';

const sync = new URL('../../sync/', import.meta.url).pathname;
const server = await createServer({
  configFile: false,
  root: sync,
  logLevel: 'error',
  server: { middlewareMode: true, ws: false, watch: null },
  optimizeDeps: { noDiscovery: true },
});
try {
  const load = (name) => server.ssrLoadModule(`${sync}${name}.ts`);
  const [{ digest }, { fold }, { recordOf }, { check }, { progress }] = await Promise.all(
    ['canon', 'fold', 'record', 'check', 'progress'].map(load),
  );
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  const { packet, histories } = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  const told = [];
  for (const { entries, office, drafts } of histories) {
    const state = fold(entries, office ? new Set(office) : undefined);
    const record = await digest('record/1', recordOf(packet, state));
    const codes = drafts.map((draft) => check(packet, state, draft)?.code ?? null);
    told.push({ state, record, progress: progress(packet, state, record), codes });
  }
  process.stdout.write(JSON.stringify(told));
} finally {
  await server.close();
}
