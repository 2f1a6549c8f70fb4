import type { Key } from './legend';
import { fileName, save } from './saving';
import type { ChartColours } from './theme';
import { colourOf } from './tone';

const MARGIN = 12;
const HEAD = 26;
const KEYS = 22;

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
  const write = (text: string, colour: string, room: number): void => {
    pen.fillStyle = colour;
    pen.fillText(text, x, y);
    x += pen.measureText(text).width + room;
  };
  for (const { label, tone, sign } of keys) {
    write(sign, colourOf(tone, colours), 5);
    write(label, colours.dim, 16);
  }
}
