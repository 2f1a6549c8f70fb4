import { iv, price, strike } from '../../src/format/number';
import type { Iv, Price, Strike } from '../../src/format/units';
import { nearestStrike } from '../../src/model/atm';

// Checked by the type checker only: each expected error must be one, or `npm run check` fails.

declare const anIv: Iv;
declare const aPrice: Price;
declare const aStrike: Strike;

iv(anIv);
// @ts-expect-error a price is no volatility
iv(aPrice);
// @ts-expect-error a plain number has no unit
price(1, 2);
// @ts-expect-error a strike is no option price
price(aStrike, 2);
// @ts-expect-error a volatility is no strike
strike(anIv);
// @ts-expect-error the forward is a level, not an option price
nearestStrike([aStrike], aPrice);
