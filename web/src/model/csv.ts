export type CsvCell = string | number | boolean | null | undefined;

/** Rows as CSV (RFC 4180); what is absent is empty. */
export function csv(rows: readonly (readonly CsvCell[])[]): string {
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** Text that a spreadsheet would take for a formula is marked as text; numbers with a sign are none. */
function cell(value: CsvCell): string {
  const text = String(value ?? '');
  const safe = /^[=+\-@\t\r](?![\d.]+$)/.test(text) && typeof value === 'string' ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
