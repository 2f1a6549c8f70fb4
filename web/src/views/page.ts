import type { Component } from 'svelte';
import type { View } from '../model/route';
import type { Dashboard } from '../state/dashboard.svelte';
import type { Command } from './keyboard';

/** What every page is given. */
export interface PageProps {
  readonly dashboard: Dashboard;
  /** True where there is room for one column only. */
  readonly narrow: boolean;
}

/** What a page offers: to carry out a key press that is not about the whole dashboard. */
export interface PageHandle {
  /** False where the command means nothing on this page. */
  obey?(command: Command): boolean;
}

type Page = Component<PageProps, PageHandle>;

/** Pages beside the chain, fetched when they are first opened. */
export const PAGES: Readonly<Record<Exclude<View, 'chain'>, () => Promise<Page>>> = {
  contracts: async () => (await import('./contracts/ContractsPage.svelte')).default,
  volatility: async () => (await import('./volatility/VolatilityPage.svelte')).default,
  positioning: async () => (await import('./positioning/PositioningPage.svelte')).default,
  tape: async () => (await import('./tape/TapePage.svelte')).default,
  system: async () => (await import('./system/SystemPage.svelte')).default,
};
