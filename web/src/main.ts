import { mount } from 'svelte';
import { Dashboard } from './state/dashboard.svelte';
import { shelf } from './state/storage';
import App from './views/App.svelte';
import { Frame } from './views/frame';
import './app.css';

const api = new URL('api/v1', document.baseURI);

const frame = new Frame(() => dashboard.draw());

const dashboard = new Dashboard({
  api: api.href,
  // Browsers before 2024 take no http: address for a socket.
  connect: (address) => new WebSocket(address.replace(/^http/, 'ws')),
  local: shelf('localStorage'),
  session: shelf('sessionStorage'),
  dirty: frame.request,
  replaceAddress: (address) => history.replaceState(null, '', address),
});

const target = document.getElementById('app');
if (target === null) throw new Error('the page has no place for the dashboard');
dashboard.follow(location.hash);
// The first answers are on their way while the page is being built.
dashboard.start();
dashboard.streamAllowed(true);

/** Building the page keeps the thread. A server that is near has sent the chain by then, and it is built once. */
const PATIENCE_MS = 100;

async function arrival(): Promise<void> {
  await dashboard.directory.known;
  const { view } = dashboard.route;
  dashboard.watch(view, dashboard.underlying, dashboard.expiry);
  if (view === 'chain') await dashboard.chain.arrived;
}

const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
void Promise.race([arrival(), patience]).then(() => {
  dashboard.chain.publish();
  // Nobody listened for another address until now.
  dashboard.follow(location.hash);
  mount(App, { target, props: { dashboard } });
});
