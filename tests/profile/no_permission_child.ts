import { telltale } from "../../mod.ts";

const t = telltale({ log: { sinks: [] }, profile: {} });
const peer = [{ remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 } }];
const path = "/debug/pprof/profile";
const response = await t.endpoints.answer(path, new Request(`http://localhost${path}`), peer);
console.log(response!.status, (await response!.text()).trim());
console.log(JSON.stringify(Object.fromEntries(t.faults.counts())));
await t.shutdown();
