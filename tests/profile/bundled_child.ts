/** Erased, so that the lines of what runs differ from these. */
interface Erased {
  readonly seconds: number;
}
import { cpuProfile } from "../../src/profile/mod.ts";
import { burn, burnOne } from "./load.ts";

const options: Erased = { seconds: 0.3 };
burn(20);
const profiling = cpuProfile(options);
const timer = setInterval(() => burn(5), 1);
const { data } = await profiling;
clearInterval(timer);

/** The distinct places of these functions, with the last folder of their files. */
const names = ["burnThree", burnOne.name, "kernel"];
const places = data.frames.filter(({ name }) => names.includes(name)).map((frame) =>
  `${frame.name} ${frame.file.split("/").slice(-2).join("/")}:${frame.startLine}`
);
console.log([...new Set(places)].sort().join("\n"));
