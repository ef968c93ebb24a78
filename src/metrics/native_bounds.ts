/**
 * The bounds of Prometheus' native histograms, to the last bit of the reference implementation.
 *
 * @module
 */

/**
 * How many ulps (of [0.5, 1)) the reference's bound of schema 8 lies below 2^(i/256)/2, plus one,
 * a digit each: its table is rounded otherwise than a formula, and what is exact for the reader is
 * what the reader's table says.
 */
const BELOW = "1111112111211111112311222222222211211121122211221122102211221122" +
  "1111112222332132112111211112111111121011213311221222112121332222" +
  "2121223322322122222222323233323311221121223321332233212232332232" +
  "2243223233433343333333444455435422322333324422333243223333543344";

/**
 * The lower bound of the fraction range i of `schema`: 1 for i = 0, below 2 for i < 2^schema.
 *
 * @param schema 0 to 8
 */
export function nativeBound(i: number, schema: number): number {
  if (i === 2 ** schema) return 2;
  const index = i * 2 ** (8 - schema);
  return 2 ** (index / 256) - (BELOW.charCodeAt(index) - 49) * 2 ** -52;
}
