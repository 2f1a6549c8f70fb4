/** Hands a file to the user. */
export function save(content: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The download has read the address once this turn is over.
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
}

/** A title in the characters that every file system takes. */
export function fileName(title: string): string {
  const words = title.toLowerCase().match(/[a-z0-9]+/g) ?? ['chart'];
  return `voltape-${words.join('-')}`;
}
