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
mount(App, { target, props: { dashboard } });
dashboard.start();
