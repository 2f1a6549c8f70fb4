import type { Key } from './legend';
import type { ChartColours } from './theme';
import { colourOf } from './tone';

const MARGIN = 12;
const HEAD = 26;
const KEYS = 22;
const SWATCH = 16;

/** Saves a canvas as a PNG with its title and its key above, on the page's ground. */
export function savePicture(
  canvas: HTMLCanvasElement,
  title: string,
  colours: ChartColours,
  keys: readonly Key[] = [],
): void {
  const scale = canvas.clientWidth === 0 ? 1 : canvas.width / canvas.clientWidth;
  const head = HEAD + (keys.length > 0 ? KEYS : 0);
  const sheet = document.createElement('canvas');
  sheet.width = canvas.width + 2 * MARGIN * scale;
  sheet.height = canvas.height + (head + 2 * MARGIN) * scale;
  const pen = sheet.getContext('2d');
  if (pen === null) return;
  pen.fillStyle = colours.ground;
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.drawImage(canvas, MARGIN * scale, (MARGIN + head) * scale);
  pen.scale(scale, scale);
  pen.fillStyle = colours.text;
  pen.textBaseline = 'middle';
  pen.font = '600 14px system-ui, sans-serif';
  pen.fillText(title, MARGIN, MARGIN + HEAD / 2);
  drawKeys(pen, keys, colours);
  sheet.toBlob((blob) => {
    if (blob !== null) save(blob, `${fileName(title)}.png`);
  }, 'image/png');
}

function drawKeys(pen: CanvasRenderingContext2D, keys: readonly Key[], colours: ChartColours): void {
  const y = MARGIN + HEAD + KEYS / 2;
  let x = MARGIN;
  pen.font = '12px system-ui, sans-serif';
  for (const { label, tone, draw, dashed } of keys) {
    pen.fillStyle = pen.strokeStyle = colourOf(tone, colours);
    pen.lineWidth = 2;
    pen.setLineDash(dashed ? [5, 3] : []);
    if (draw === 'bars' || draw === 'band') {
      pen.globalAlpha = draw === 'band' ? 0.25 : 1;
      pen.fillRect(draw === 'band' ? x : x + 3, y - 5, draw === 'band' ? SWATCH : 10, 10);
      pen.globalAlpha = 1;
    } else {
      pen.beginPath();
      if (draw === 'points') pen.arc(x + SWATCH / 2, y, 3, 0, 2 * Math.PI);
      else {
        pen.moveTo(x, y);
        pen.lineTo(x + SWATCH, y);
      }
      pen.stroke();
    }
    pen.fillStyle = colours.dim;
    pen.fillText(label, x + SWATCH + 5, y);
    x += SWATCH + 5 + pen.measureText(label).width + 16;
  }
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
