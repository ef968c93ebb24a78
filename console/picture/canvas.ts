/**
 * Canvases as sharp as the screen.
 *
 * @module
 */

/** Clears a canvas and gives it this size; undefined where the browser has none to draw in. */
export function sized(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | undefined {
  const density = devicePixelRatio || 1, context = canvas.getContext("2d");
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  context?.scale(density, density);
  return context ?? undefined;
}
