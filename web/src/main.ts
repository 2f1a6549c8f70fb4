import { mount } from 'svelte';
import { Dashboard } from './state/dashboard.svelte';
import { shelf } from './state/storage';
import App from './views/App.svelte';
import { Frame } from './views/frame';
import { Painter } from './views/painter';
import './app.css';

const api = new URL('api/v1', document.baseURI);
const reducedMotion = matchMedia('(prefers-reduced-motion: reduce)');

const frame = new Frame(() => {
  if (!dashboard.paused) painter.paint(dashboard.chain.publish());
});

const dashboard = new Dashboard({
  api: api.href,
  // Browsers before 2024 take no http: address for a socket.
  connect: (address) => new WebSocket(address.replace(/^http/, 'ws')),
  local: shelf('localStorage'),
  session: shelf('sessionStorage'),
  dirty: frame.request,
});

const painter = new Painter(dashboard.chain.book, () => reducedMotion.matches);

const target = document.getElementById('app');
if (target === null) throw new Error('the page has no place for the dashboard');
dashboard.follow(location.hash);
mount(App, { target, props: { dashboard, painter } });
dashboard.start();
