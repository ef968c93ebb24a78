/**
 * Drain: the patterns of messages, found as the messages come. The same messages in the same order give the
 * same patterns.
 *
 * He, Zhu, Zheng, Lyu: Drain, an online log parsing approach with fixed depth tree (ICWS 2017), as Drain3
 * builds it, with its depth of 4: messages meet in a leaf by their number of tokens and their first one.
 *
 * @module
 */
import { masked } from "./mask.ts";

/** What a token is where messages of one pattern differ; it is shown as what is masked is. */
const ANY = "<*>";
/** First tokens for each number of tokens. */
const MAX_FIRST = 100;
/** Past so many patterns, messages that have none share the last one. */
const MAX_PATTERNS = 1000;

/** A pattern; a message that it gets may change its text. */
export interface Pattern {
  readonly text: string;
}

interface Cluster {
  tokens: string[];
  text: string;
}

/** Patterns of the messages so far. */
export class Drain {
  readonly #leaves = new Map<number, Map<string, Cluster[]>>();
  readonly #rest: Pattern = { text: "*" };
  #count = 0;

  /** The pattern of a message: the same one for all messages of it. */
  add(message: string): Pattern {
    const tokens = masked(message).split(/\s+/).filter((token) => token !== "");
    let firsts = this.#leaves.get(tokens.length);
    if (firsts === undefined) this.#leaves.set(tokens.length, firsts = new Map());
    const first = tokens[0] ?? "", known = firsts.get(first) ?? firsts.get(ANY) ?? [];
    let cluster = nearest(known, tokens);
    if (cluster === undefined) {
      if (this.#count === MAX_PATTERNS) return this.#rest;
      this.#count++;
      leafFor(firsts, first).push(cluster = { tokens, text: "" });
    } else if (cluster.tokens.every((token, i) => token === ANY || token === tokens[i])) {
      return cluster;
    } else cluster.tokens = cluster.tokens.map((token, i) => token === tokens[i] ? token : ANY);
    cluster.text = cluster.tokens.join(" ").replaceAll(ANY, "*");
    return cluster;
  }
}

/** The most alike of a leaf, if it is alike enough; of equally alike ones, that with more wildcards. */
function nearest(leaf: readonly Cluster[], tokens: readonly string[]): Cluster | undefined {
  let best: Cluster | undefined, most = -1, mostAny = -1;
  for (const cluster of leaf) {
    let equal = 0, any = 0;
    cluster.tokens.forEach((token, i) => {
      if (token === ANY) any++;
      else if (token === tokens[i]) equal++;
    });
    if (equal > most || equal === most && any > mostAny) {
      best = cluster;
      most = equal;
      mostAny = any;
    }
  }
  // More than half: "request started" is not "request failed". Numbers and ids are masked, so they count.
  return tokens.length === 0 || 2 * most > tokens.length ? best : undefined;
}

/** Where a new pattern goes; past the most first tokens, to those of any. */
function leafFor(firsts: Map<string, Cluster[]>, first: string): Cluster[] {
  const isFull = !firsts.has(first) && firsts.size + (firsts.has(ANY) ? 0 : 1) >= MAX_FIRST;
  const key = isFull ? ANY : first;
  let leaf = firsts.get(key);
  if (leaf === undefined) firsts.set(key, leaf = []);
  return leaf;
}
