import { describe, expect, it } from 'vitest';

const SOURCES = import.meta.glob<string>('../../src/**/*.{ts,svelte}', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** Each layer with the layers it may use. */
const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  format: [],
  model: ['format'],
  net: ['format', 'model'],
  state: ['format', 'model', 'net'],
  views: ['format', 'model', 'state'],
};

function files(layer: string): [string, string][] {
  return Object.entries(SOURCES).filter(([path]) => path.includes(`/src/${layer}/`));
}

describe.each(Object.entries(MAY_USE))('layer %s', (layer, allowed) => {
  it('uses only the layers below it', () => {
    expect(files(layer).length).toBeGreaterThan(0);
    for (const [path, text] of files(layer)) {
      const used = [...text.matchAll(/from '(?:\.\.\/)+(\w+)\//g)].map((match) => match[1] ?? '');
      const others = used.filter((other) => Object.hasOwn(MAY_USE, other) && other !== layer);
      expect(others.filter((other) => !allowed.includes(other)), path).toEqual([]);
    }
  });
});

it.each(['{@html', 'innerHTML', 'eval(', 'new Function', 'style="', 'style={', '//localhost', '//127.'])('no source contains %s', (forbidden) => {
  const found = Object.entries(SOURCES).filter(([, text]) => text.includes(forbidden));
  expect(found.map(([path]) => path)).toEqual([]);
});

// The build leaves out what these need, see lean.ts: in a page that was built they would do nothing, or less.
it.each(['$state(', '$state<', '<svelte:boundary', 'animate:', 'await $', 'paths.spline', 'distr:', 'sync:', 'hydrate('])(
  'no source contains %s, which the build has no room for',
  (absent) => {
    const found = Object.entries(SOURCES).filter(([, text]) => text.includes(absent));
    expect(found.map(([path]) => path)).toEqual([]);
  },
);

it('modules stay below 400 lines', () => {
  const long = Object.entries(SOURCES).filter(([, text]) => text.split('\n').length > 400);
  expect(long.map(([path]) => path)).toEqual([]);
});
