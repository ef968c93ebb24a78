/**
 * A question in colours: words of the language, fields, signs.
 *
 * @module
 */
import type { JSX } from "preact";
import { isKeyword } from "../../src/events/question/reader.ts";

/** Blank, text in quotes, a sign, a word. */
const PARTS = /(\s+)|("(?:[^"\\]|\\.)*"?)|(!=|>=|<=|[:=<>~?!(),])|([^\s:=<>~?!(),"]+)/g;

/** The parts of a question that have a colour of their own. */
export function Painted({ text }: { text: string }): JSX.Element {
  const parts = [...text.matchAll(PARTS)];
  let clause = "";
  return (
    <>
      {parts.map(([part, blank, , sign, word], i) => {
        if (blank !== undefined) return part;
        const next = parts[i + 1];
        const isWord = word !== undefined && isKeyword(word) && !isValue(parts[i - 1]);
        if (isWord) clause = word;
        const isField = !isWord && sign === undefined &&
          (/^(?:!=|>=|<=|[:=<>~?])/.test(next?.[3] ?? "") || clause === "by") &&
          !isValue(parts[i - 1]);
        const kind = isWord ? "w" : isField ? "f" : sign !== undefined ? "o" : "";
        return kind === "" ? part : <span key={i} class={kind}>{part}</span>;
      })}
    </>
  );
}

function isValue(before: RegExpMatchArray | undefined): boolean {
  return /^(?:!=|>=|<=|[:=<>~])$/.test(before?.[3] ?? "");
}
