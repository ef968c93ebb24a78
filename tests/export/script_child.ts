/** A script that records and just ends, without a flush. */
import { telltale } from "../../mod.ts";

const t = telltale({ service: "script", log: { sinks: [] } });
t.tracer.span("work", () => t.log.info("worked"));
t.metrics.counter("work_total", "Work").inc();
