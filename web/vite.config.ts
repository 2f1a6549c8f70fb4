import { svelte } from '@sveltejs/vite-plugin-svelte';
import { loadEnv } from 'vite';
import { defineConfig } from 'vitest/config';
import { leanComponents, leanLibraries } from './lean';
import { compiledAtOnce } from './eager';

export default defineConfig(({ mode }) => ({
  base: './',
  plugins: [leanLibraries(), svelte(), leanComponents(), compiledAtOnce()],
  build: {
    outDir: '../src/voltape/web/static',
    emptyOutDir: true,
    target: 'es2022',
    // The server's policy allows files of its own origin only, so nothing may become a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // One file for the first chain and one for all other pages, as small files compress badly; charts apart.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'charts', test: /node_modules.uplot/ }] } } },
  },
  server: {
    proxy: { '/api': { target: loadEnv(mode, '.', 'VOLTAPE_')['VOLTAPE_API'] ?? 'http://127.0.0.1:8000', ws: true } },
  },
  test: {
    include: ['tests/unit/**/*.test.ts'],
    environment: 'node',
  },
}));
