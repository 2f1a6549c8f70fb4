/** Thrown for text from the server that is not what the protocol says. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
}

export type Fields = Readonly<Record<string, unknown>>;

/** Parses JSON; anything but an object is an error. */
export function parseObject(text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new ProtocolError('not JSON');
    throw error;
  }
  return objectOf(value, 'message');
}

export function objectOf(value: unknown, where: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ProtocolError(`${where} is not an object`);
  }
  return value as Fields;
}

export function listOf(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new ProtocolError(`${where} is not a list`);
  return value;
}

export function textOf(value: unknown, where: string): string {
  if (typeof value !== 'string') throw new ProtocolError(`${where} is not text`);
  return value;
}

export function numberOf(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new ProtocolError(`${where} is not a number`);
  }
  return value;
}

/** A number, or `null` where the value is absent. */
export function optionalNumber(value: unknown, where: string): number | null {
  return value === null || value === undefined ? null : numberOf(value, where);
}

export function optionalText(value: unknown, where: string): string | null {
  return value === null || value === undefined ? null : textOf(value, where);
}

/** Refuses what is not of its kind; `where` names it in the message. */
export type Check = (value: unknown, where: string) => unknown;

/** One of some words. */
export function oneOf(...allowed: readonly string[]): Check {
  return (value, where) => {
    if (typeof value === 'string' && allowed.includes(value)) return value;
    throw new ProtocolError(`${where} is not one of ${allowed.join(', ')}`);
  };
}

export const flag: Check = (value, where) => {
  if (typeof value !== 'boolean') throw new ProtocolError(`${where} is not true or false`);
  return value;
};
