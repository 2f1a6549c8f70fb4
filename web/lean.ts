/**
 * Leaves out at build time what this page never runs.
 *
 * Svelte can take over markup made by a server, and keeps the flags of that, and of two other modes, as variables,
 * so no bundler sees that they never change. uPlot hangs every path it can draw on one object, so none of them
 * can be dropped. Each cut names the text that it replaces: when a new version of either library no longer has it,
 * the build fails instead of growing in silence.
 */
import type { Plugin } from 'vite';

type Cut = readonly [text: string | RegExp, by: string];

const CUTS: Readonly<Record<string, readonly Cut[]>> = {
  'svelte/src/internal/client/dom/hydration.js': [
    ['export let hydrating = false', 'export const hydrating = false'],
    ['hydrating = value;', ''],
  ],
  // All state here is replaced, never changed in place (`$state.raw`).
  'svelte/src/internal/client/reactivity/sources.js': [
    ['should_proxy ? proxy(value) : value', 'value'],
  ],
  'svelte/src/internal/client/reactivity/props.js': [['runes && bindable ? proxy(value) : value', 'value']],
  // No component awaits in its markup or script.
  'svelte/src/internal/client/reactivity/async.js': [
    ['if (async.length === 0 && pending.length === 0) {\n\t\tfn(deriveds);\n\t\treturn;\n\t}', 'return fn(deriveds);'],
  ],
  // No future is tried out beside the present: nothing here calls `fork`.
  'svelte/src/internal/client/reactivity/batch.js': [[/(this|batch)\.is_fork(?! =)/g, 'false']],
  'svelte/src/internal/client/reactivity/deriveds.js': [[/current_batch\?\.is_fork/g, 'false']],
  // No component catches the errors of others, and what is awaited is never counted.
  'svelte/src/internal/client/dom/blocks/boundary.js': [
    [/(?<=\n\terror\(error\) {)[\s\S]*?(?=\n\t}\n)/, 'throw error;'],
    [/\n\t(#?update_pending_count|get_effect_pending)\(.*\) {[\s\S]*?\n\t}\n/g, ''],
    [/\n\t#effect_pending_subscriber = [\s\S]*?\n\t}\);\n/, ''],
  ],
  // No row of a list is animated.
  'svelte/src/internal/client/dom/blocks/each.js': [['(flags & EACH_IS_ANIMATED) !== 0', 'false']],
  'svelte/src/internal/flags/index.js': [
    [/^\t\w+_flag = (true|false);$/gm, ''],
    [/export let (\w+_flag) = false/g, 'export const $1 = false'],
  ],
  'uplot/dist/uPlot.esm.js': [
    [/^\t?uPlot\.(join|assign|fmtNum|rangeNum|orient|addGap|clipGaps)\s+= \w+;$/gm, ''],
    ['(paths.spline  = monotoneCubic);', ''],
    // Every chart here has columns of values over one axis, and no legend of uPlot's own.
    [/(const|let) mode = (u|self)\.mode;/g, 'const mode = 1;'],
    ['const showLegend = legend.show;', 'const showLegend = false;'],
    // Every scale is linear; logarithms are taken before.
    [/\b(\w+\.)?distr\s+?={2}\s+?(2|3|4|100)\b/g, 'false'],
    ['sc.distr >= 3', 'false'],
    [/xScaleDistr == \d/g, 'false'],
    [/uPlot\.range(Log|Asinh) = range\1;/g, ''],
    // Their x axis lies along the bottom, in seconds where it is time.
    [/scaleX\.ori == 0/g, 'true'],
    [/scaleX\.ori == 1/g, 'false'],
    ['const ms = opts.ms || 1e-3;', 'const ms = 1e-3;'],
    // No chart follows the pointer of another, and none brings out one of its lines.
    [/(?<=function pubSync\(.*\) {)[^}]*\);/, ''],
    [/^\t+(const )?sync( = _sync\(syncKey\)|\.(un)?sub\(self\));$/gm, ''],
    ['uPlot.sync = _sync;', ''],
    ['if (src != null)', 'if (false)'],
    ['if (src == null)', 'if (true)'],
    [/if \(e != null\)(?= {\s+_l = e\.clientX)/, 'if (true)'],
    ['const cursorFocus = focus.prox >= 0;', 'const cursorFocus = false;'],
    // Time is a number like others: the axes have their own places and labels, and the readouts are ours too.
    [/let isTime = .*;/g, 'const isTime = false;'],
    [/^\tconst _(tzDate|fmtDate|timeAxisSplits|timeAxisVals|timeSeriesVal) .*;$/gm, ''],
    [/^const \[ timeIncrs(Ms|S), .*;$/gm, ''],
    [/^const _timeSeriesStamp = .*;$/m, ''],
    ['uPlot.fmtDate = fmtDate;', ''],
    ['uPlot.tzDate  = tzDate;', ''],
    ["s.value = isTime ? (isStr(sv) ? timeSeriesVal(_tzDate, timeSeriesStamp(sv, _fmtDate)) : sv || _timeSeriesVal) : sv || numSeriesVal;", ''],
    [/axis\.values = \([^;]*;/, 'axis.values = av;'],
    [/axis\.splits = fnOrSelf\(axis\.splits .*;/, 'axis.splits = fnOrSelf(axis.splits);'],
    [/axis\.filter = fnOrSelf\(.*;/, 'axis.filter = retArg1;'],
  ],
};

/** What a component calls to keep its place in markup made by a server. */
const PLACE_KEEPING = /\$\.(reset|next)\([\w$]*\);/g;

function cut(code: string, id: string, cuts: readonly Cut[]): string {
  let rest = code;
  for (const [text, by] of cuts) {
    const without = rest.replace(text, by);
    if (without === rest) throw new Error(`${id} has no ${String(text)} any more: see lean.ts`);
    rest = without;
  }
  return rest;
}

/** Libraries without the parts that the page has no use for. */
export function leanLibraries(): Plugin {
  return {
    name: 'lean-libraries',
    apply: 'build',
    enforce: 'pre',
    transform(code, id) {
      const name = Object.keys(CUTS).find((path) => id.endsWith(`/node_modules/${path}`));
      return name === undefined ? null : { code: cut(code, id, CUTS[name] ?? []), map: null };
    },
  };
}

/** Components without the calls that only matter for markup made by a server. */
export function leanComponents(): Plugin {
  return {
    name: 'lean-components',
    apply: 'build',
    enforce: 'post',
    transform: (code, id) => (id.endsWith('.svelte') ? { code: code.replace(PLACE_KEEPING, ''), map: null } : null),
  };
}
