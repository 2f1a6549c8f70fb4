// Fails the build when the JavaScript of the page outgrows its budget.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const BUDGET_BYTES = 120_000;
const folder = new URL('../../src/voltape/web/static/assets/', import.meta.url);

const sizes = new Map();
for (const name of readdirSync(folder)) {
  const kind = name.slice(name.lastIndexOf('.') + 1);
  const bytes = gzipSync(readFileSync(new URL(name, folder)), { level: 9 }).length;
  sizes.set(kind, (sizes.get(kind) ?? 0) + bytes);
}
for (const [kind, bytes] of sizes) {
  console.log(`${kind}: ${(bytes / 1000).toFixed(1)} kB gzipped`);
}
const script = sizes.get('js') ?? 0;
if (script === 0 || script > BUDGET_BYTES) {
  console.error(`JavaScript is ${script} bytes gzipped; allowed are 1 to ${BUDGET_BYTES}`);
  process.exit(1);
}
