// The size of the app shell: what a tablet must load before it shows the first screen.
// Follows the module graph of dist/index.html through static imports only; lazy chunks do not count.
// Prints one line of JSON: {"js": bytes, "css": bytes, "files": {name: bytes}} (gzip -9) and fails over budget.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

const BUDGET = { js: 84 * 1024, css: 15 * 1024 };
const dist = resolve(import.meta.dirname, '../dist');
const manifest = JSON.parse(readFileSync(resolve(dist, '.vite/manifest.json'), 'utf8'));

const shell = new Set();
const seen = new Set();
const visit = (key) => {
  if (seen.has(key)) return;
  seen.add(key);
  const chunk = manifest[key];
  shell.add(chunk.file);
  for (const css of chunk.css ?? []) shell.add(css);
  for (const next of chunk.imports ?? []) visit(next);
};
const entries = Object.keys(manifest).filter((key) => manifest[key].isEntry);
if (entries.length === 0) throw new Error('dist/.vite/manifest.json names no entry: build first');
entries.forEach(visit);

const sum = { js: 0, css: 0, files: {} };
for (const file of [...shell].sort()) {
  const bytes = gzipSync(readFileSync(resolve(dist, file)), { level: 9 }).length;
  const kind = file.endsWith('.css') ? 'css' : 'js';
  sum[kind] += bytes;
  sum.files[file] = bytes;
}
console.log(JSON.stringify(sum));
if (sum.js > BUDGET.js || sum.css > BUDGET.css) {
  console.error(`over budget: js ${sum.js}/${BUDGET.js}, css ${sum.css}/${BUDGET.css} bytes gzip`);
  process.exitCode = 1;
}
