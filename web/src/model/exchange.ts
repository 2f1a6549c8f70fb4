/** What to say about where the data comes from, where that is not the real market. */
export interface Origin {
  readonly label: string;
  readonly title: string;
}

/** Bybit's own domains: the main one, its twin, and those of its regional companies. */
const BYBIT = /(^|\.)(bybit\.com|bytick\.com|bybit\.[a-z]{2}|bybit-tr\.com|bybitgeorgia\.ge|manepa\.jp)$/;
const TESTNET = /^[a-z0-9]+-(testnet|demo)\./;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * Judges the host of the option stream, with or without a port.
 *
 * `null` for the real market, and where the server does not tell.
 */
export function originOf(exchange: string | null): Origin | null {
  if (exchange === null || exchange === '') return null;
  const host = exchange.toLowerCase().replace(/:\d+$/, '');
  if (LOOPBACK.test(host)) {
    return {
      label: 'simulated',
      title: `Data comes from ${exchange}, a program on the server's own machine: no figure here is the real market`,
    };
  }
  if (!BYBIT.test(host)) {
    return { label: host, title: `Data comes from ${exchange}, which is not Bybit` };
  }
  if (TESTNET.test(host)) {
    return { label: 'testnet', title: `Data comes from ${exchange}, where nothing is traded with real money` };
  }
  return null;
}
