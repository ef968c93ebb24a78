import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import type { TLSSocket } from "node:tls";
import { Faults } from "../../src/core/faults.ts";
import type { OtlpOptions } from "../../src/export/otlp/options.ts";
import { OtlpQueues } from "../../src/export/otlp/queues.ts";
import { OtlpSender } from "../../src/export/otlp/sender.ts";
import { otlpSettings } from "../../src/export/otlp/settings.ts";
import { until } from "../e2e/wait.ts";
import { ManualClock } from "../manual_clock.ts";
import { HANG_MS, lacking, skipWhen } from "../tool.ts";
import { type Decoded, decodeProtobuf } from "./decode.ts";
import { spansOf } from "./receiver.ts";
import { spanRecord } from "./span_record.ts";

/** PEM files of an authority, and of certificates that it signed. */
type Pems = Readonly<
  Record<"ca" | "server" | "serverKey" | "client" | "clientKey" | "folder", string>
>;

function makeCertificates(folder: string): Pems {
  const path = (name: string) => join(folder, name);
  const openssl = (...args: string[]) =>
    execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "ignore"] });
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl(
    "req",
    "-x509",
    ...newKey,
    ..."-keyout ca.key -out ca.pem -days 2 -subj /CN=authority".split(" "),
  );
  const sign = (name: string, extension: string) => {
    writeFileSync(path(`${name}.ext`), extension);
    openssl(
      "req",
      ...newKey,
      ...`-keyout ${name}.key -out ${name}.csr -subj /CN=${name}`.split(" "),
    );
    openssl(
      ...`x509 -req -in ${name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial`.split(" "),
      ...`-days 2 -extfile ${name}.ext -out ${name}.pem`.split(" "),
    );
  };
  sign("server", "subjectAltName=DNS:localhost,IP:127.0.0.1");
  sign("client", "extendedKeyUsage=clientAuth");
  return {
    folder,
    ca: path("ca.pem"),
    server: path("server.pem"),
    serverKey: path("server.key"),
    client: path("client.pem"),
    clientKey: path("client.key"),
  };
}

async function withCertificates(work: (pems: Pems) => Promise<void> | void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "telltale-tls-"));
  try {
    await work(makeCertificates(folder));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A receiver behind TLS, which may want a client's certificate: the spans that came. */
async function withReceiver(
  pems: Pems,
  mutual: boolean,
  work: (endpoint: string, names: readonly string[]) => Promise<void>,
): Promise<void> {
  const names: string[] = [];
  const server = createServer({
    ca: readFileSync(pems.ca),
    cert: readFileSync(pems.server),
    key: readFileSync(pems.serverKey),
    requestCert: mutual,
    rejectUnauthorized: mutual,
  }, (request, response) => {
    const chunks: Uint8Array[] = [];
    request.on("data", (chunk) => chunks.push(chunk));
    request.on("end", () => {
      const isKnown = !mutual || (request.socket as TLSSocket).authorized;
      const decoded: Decoded = decodeProtobuf("traces", Buffer.concat(chunks));
      if (isKnown) names.push(...spansOf(decoded).map(({ name }) => name));
      response.writeHead(isKnown ? 200 : 401).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await work(`https://127.0.0.1:${(server.address() as AddressInfo).port}`, names);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** The error of one try to export a span; undefined when the receiver has it. */
async function exportOne(
  options: OtlpOptions,
  env: Record<string, string> = {},
): Promise<string | undefined> {
  const faults = new Faults(() => {}), clock = new ManualClock();
  const settings = otlpSettings(
    { metrics: false, logs: false, ...options },
    faults,
    (name) => env[name],
  );
  assert.ok(settings, [...faults.counts().keys()].join());
  const tries: (string | undefined)[] = [];
  const onTry = (_signal: string, _seconds: number, error: string | undefined) => tries.push(error);
  const queues = new OtlpQueues(settings, clock);
  const sender = new OtlpSender({ settings, queues, resource: {}, faults, clock, onTry });
  queues.traces!.add(spanRecord("a"));
  const flushed = sender.flush(1000);
  await until("a try", () => tries.length === 1);
  sender.close();
  await flushed;
  return tries[0];
}

const SKIP = { skip: lacking("openssl"), timeout: HANG_MS };

test(
  "a receiver with a certificate of a private authority gets spans only if that is configured",
  SKIP,
  async () => {
    await withCertificates(async (pems) => {
      await withReceiver(pems, false, async (endpoint, names) => {
        assert.notEqual(await exportOne({ endpoint }), undefined);
        assert.deepEqual(names, []);
        assert.equal(await exportOne({ endpoint, certificate: pems.ca }), undefined);
        const all = { OTEL_EXPORTER_OTLP_CERTIFICATE: pems.ca };
        assert.equal(await exportOne({ endpoint }, all), undefined);
        const own = {
          OTEL_EXPORTER_OTLP_CERTIFICATE: join(pems.folder, "none.pem"),
          OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE: pems.ca,
        };
        assert.equal(await exportOne({ endpoint }, own), undefined);
        assert.deepEqual(names, ["a", "a", "a"]);
      });
    });
  },
);

test(
  "a receiver that requires client certificates gets spans only with one",
  SKIP,
  async () => {
    await withCertificates(async (pems) => {
      await withReceiver(pems, true, async (endpoint, names) => {
        const { ca: certificate, client: clientCertificate, clientKey } = pems;
        assert.notEqual(await exportOne({ endpoint, certificate }), undefined);
        assert.deepEqual(names, []);
        const options = { endpoint, certificate, clientCertificate, clientKey };
        assert.equal(await exportOne(options), undefined);
        const env = {
          OTEL_EXPORTER_OTLP_CERTIFICATE: certificate,
          OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE: clientCertificate,
          OTEL_EXPORTER_OTLP_CLIENT_KEY: clientKey,
        };
        assert.equal(await exportOne({ endpoint }, env), undefined);
        assert.deepEqual(names, ["a", "a"]);
      });
    });
  },
);

test(
  "certificates that can't be used are an error at start, and nothing is sent without them",
  SKIP,
  async () => {
    await withCertificates((pems) => {
      const { folder, ca, client, clientKey, serverKey } = pems;
      const none = join(folder, "none.pem"), odd = join(folder, "odd.pem");
      writeFileSync(odd, "-----BEGIN CERTIFICATE-----\nodd\n-----END CERTIFICATE-----\n");
      const endpoint = "https://collector:4318";
      const cases: [options: OtlpOptions, message: RegExp][] = [
        [
          { endpoint, certificate: none },
          /^Cannot export with certificate ".+none\.pem": .*ENOENT/,
        ],
        [{ endpoint, certificate: folder }, /^Cannot export with certificate "[^"]+": .*EISDIR/],
        [{ endpoint, certificate: odd }, /^Cannot export with certificate ".+odd\.pem": ./],
        [
          { endpoint, clientKey },
          /^Cannot export with client key ".+client\.key": needs a client certificate, too$/,
        ],
        [
          { endpoint, clientCertificate: client },
          /^Cannot export with client certificate ".+client\.pem": needs a client key, too$/,
        ],
        [
          { endpoint, clientCertificate: client, clientKey: client },
          /^Cannot export with client key ".+client\.pem": ./,
        ],
        [
          { endpoint, clientCertificate: client, clientKey: serverKey },
          /^Cannot export with client key ".+server\.key": must be the key of ".+client\.pem"$/,
        ],
        [
          { endpoint: "http://collector:4318", certificate: ca },
          /^Cannot export to "collector:4318" with certificates: the endpoint must be https$/,
        ],
      ];
      const variables = {
        certificate: "OTEL_EXPORTER_OTLP_CERTIFICATE",
        clientCertificate: "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
        clientKey: "OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY",
      };
      for (const [options, message] of cases) {
        const say = String(message);
        const read = (options: OtlpOptions, env: Record<string, string>, faults: Faults) =>
          otlpSettings(options, faults, (name) => env[name], () => true);
        assert.throws(() => read(options, {}, new Faults()), { name: "TypeError", message }, say);
        const { endpoint, ...files } = options;
        const env = Object.fromEntries(
          Object.entries(files).map(([name, file]) =>
            [variables[name as keyof typeof variables], String(file)] as const
          ),
        );
        let told: unknown;
        const faults = new Faults((_where, error) => told ??= error);
        const settings = read({ endpoint, traces: false, metrics: false }, env, faults);
        assert.equal(settings, undefined, say);
        assert.match((told as Error).message, message);
        assert.deepEqual([...faults.counts()], [[Object.keys(env).join(", "), 1]]);
      }
    });
  },
);

const ON_DENO = {
  skip: skipWhen("Bun" in globalThis, "only Deno has permissions") || lacking("openssl"),
  timeout: HANG_MS,
};

test("on Deno a certificate that may not be read is an error at the start", ON_DENO, async () => {
  await withCertificates(({ folder, ca }) => {
    const module = new URL("../../src/export/otlp/exporter.ts", import.meta.url).href;
    const options = { endpoint: "https://c", certificate: ca };
    const file = join(folder, "program.ts");
    writeFileSync(
      file,
      `import { OtlpExporter } from ${JSON.stringify(module)};
      new OtlpExporter(${JSON.stringify(options)});`,
    );
    // By another name: a Deno that Deno starts gets all permissions.
    const deno = join(folder, "deno");
    symlinkSync(process.execPath, deno);
    const { stderr: said } = spawnSync(deno, ["run", "--no-prompt", "--allow-net", file], {
      encoding: "utf8",
    });
    const message = `Cannot export with certificate "${ca}": needs --allow-read=${ca}`;
    assert.ok(said.includes(message), said);
  });
});
