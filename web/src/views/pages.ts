/** The pages beside the chain, and the contract beside any of them: one file of script, fetched when first wanted. */
export { default as ContractSheet } from './contract/ContractSheet.svelte';
export { default as contracts } from './contracts/ContractsPage.svelte';
export { default as positioning } from './positioning/PositioningPage.svelte';
export { default as system } from './system/SystemPage.svelte';
export { default as tape } from './tape/TapePage.svelte';
export { default as volatility } from './volatility/VolatilityPage.svelte';
