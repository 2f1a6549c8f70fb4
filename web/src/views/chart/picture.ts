import type { ChartColours } from './theme';

const MARGIN = 12;
const HEAD = 28;

/** Saves a canvas as a PNG with its title above, on the page's ground. */
export function savePicture(canvas: HTMLCanvasElement, title: string, colours: ChartColours): void {
  const scale = canvas.clientWidth === 0 ? 1 : canvas.width / canvas.clientWidth;
  const sheet = document.createElement('canvas');
  sheet.width = canvas.width + 2 * MARGIN * scale;
  sheet.height = canvas.height + (HEAD + 2 * MARGIN) * scale;
  const pen = sheet.getContext('2d');
  if (pen === null) return;
  pen.fillStyle = colours.ground;
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.fillStyle = colours.text;
  pen.font = `600 ${14 * scale}px system-ui, sans-serif`;
  pen.textBaseline = 'middle';
  pen.fillText(title, MARGIN * scale, (MARGIN + HEAD / 2) * scale);
  pen.drawImage(canvas, MARGIN * scale, (MARGIN + HEAD) * scale);
  sheet.toBlob((blob) => {
    if (blob !== null) save(blob, `${fileName(title)}.png`);
  }, 'image/png');
}

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
