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

/** Fetches the pages beside the chain, named as in the address, and the contract. */
export const loadPages = (): Promise<Pages> => import('./pages');

type Page = Component<PageProps, PageHandle>;

interface Pages extends Readonly<Record<Exclude<View, 'chain'>, Page>> {
  readonly ContractSheet: Component<PageProps & { readonly symbol: string }>;
}
