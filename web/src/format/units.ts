/** Names that keep numbers of different meaning apart at compile time; at run time they are plain numbers. */
declare const unit: unique symbol;

export type Nominal<Base, Name extends string> = Base & { readonly [unit]: Name };

/** Price of one option contract per unit of the underlying, in the settle coin. */
export type Price = Nominal<number, 'Price'>;

/** Price of the underlying itself: index or forward. */
export type Level = Nominal<number, 'Level'>;

/** Implied volatility as a fraction: 0.49 is 49 %. */
export type Iv = Nominal<number, 'Iv'>;

export type Strike = Nominal<number, 'Strike'>;

/** Amount in units of the underlying. */
export type Size = Nominal<number, 'Size'>;

/** Epoch milliseconds. */
export type Millis = Nominal<number, 'Millis'>;
