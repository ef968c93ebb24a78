/**
 * Certificates of the connection to a receiver.
 *
 * @module
 */
import { describeError } from "../../core/redact/error.ts";
import type { Faults } from "../../core/faults.ts";
import { fileSystem, mayRead, nodeProcess, secured } from "../../core/platform.ts";
import type { OtlpSignalOptions } from "./options.ts";

/** The parts, with the option and the end of the variable of each. */
const PARTS = [
  ["ca", "certificate", "CERTIFICATE"],
  ["cert", "clientCertificate", "CLIENT_CERTIFICATE"],
  ["key", "clientKey", "CLIENT_KEY"],
] as const;
const NAMES = { ca: "certificate", cert: "client certificate", key: "client key" } as const;

/** Certificates are configured and can't be used. */
export const REFUSED = "refused";

/** Certificates for a connection, as PEM text. */
export interface Certificates {
  /** Authorities, one of which must have signed the receiver's. Deno trusts its own besides. */
  readonly ca?: string | undefined;
  /** The certificate that is shown to the receiver. */
  readonly cert?: string | undefined;
  /** Its key. */
  readonly key?: string | undefined;
}

type Files = { -readonly [Part in keyof Certificates]: string | undefined };

/**
 * The certificates by options or environment. Where they are configured there is no export without
 * them: a variable that can't work is reported to `faults`, and its signal is not exported.
 *
 * @param options those of the signal before those of all signals
 * @param variables the names of a setting's variables, of which the first that is set counts
 * @throws {TypeError} for options that can't work
 */
export function certificatesOf(
  options: readonly OtlpSignalOptions[],
  url: string,
  variables: (name: string) => readonly string[],
  env: (name: string) => string | undefined,
  faults: Faults,
): Certificates | undefined | typeof REFUSED {
  const files: Files = {};
  const used: string[] = [];
  for (const [part, option, variable] of PARTS) {
    files[part] = options.find((given) => given[option] !== undefined)?.[option];
    for (const name of variables(variable)) {
      if (files[part] !== undefined) break;
      files[part] = env(name)?.trim();
      if (files[part] !== undefined) used.push(name);
    }
  }
  if (Object.values(files).every((file) => file === undefined)) return undefined;
  try {
    return readCertificates(files, url);
  } catch (error) {
    if (used.length === 0) throw error;
    faults.record(used.join(", "), error);
    return REFUSED;
  }
}

/** The contents of the files; throws a `TypeError` unless they can be used. */
function readCertificates(files: Files, url: string): Certificates {
  const { host, protocol } = new URL(url);
  if (protocol !== "https:") {
    throw new TypeError(`Cannot export to "${host}" with certificates: the endpoint must be https`);
  }
  const { cert: certFile, key: keyFile } = files;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    const [has, lacks] = certFile === undefined
      ? ["key", "cert"] as const
      : ["cert", "key"] as const;
    throw new TypeError(
      `Cannot export with ${NAMES[has]} "${files[has]}": needs a ${NAMES[lacks]}, too`,
    );
  }
  const { X509Certificate, createPrivateKey } = nodeProcess().getBuiltinModule("node:crypto");
  const ca = read("ca", files.ca, (text) => new X509Certificate(text));
  const cert = read("cert", certFile, (text) => new X509Certificate(text));
  const key = read("key", keyFile, (text) => createPrivateKey(text));
  if (cert !== undefined && !new X509Certificate(cert).checkPrivateKey(createPrivateKey(key!))) {
    throw new TypeError(
      `Cannot export with client key "${keyFile}": must be the key of "${certFile}"`,
    );
  }
  const certificates = { ca, cert, key };
  try {
    secured(certificates).close();
  } catch (cause) {
    const { message } = describeError(cause);
    throw new TypeError(`Cannot export to "${host}" with certificates: ${message}`, { cause });
  }
  return certificates;
}

function read(
  part: keyof Certificates,
  file: string | undefined,
  check: (text: string) => unknown,
): string | undefined {
  if (file === undefined) return undefined;
  const refuse = `Cannot export with ${NAMES[part]} ${JSON.stringify(file)}`;
  // A read without permission would prompt on a terminal.
  if (!mayRead(file)) throw new TypeError(`${refuse}: needs --allow-read=${file}`);
  try {
    const text = fileSystem().readFileSync(file, "utf8");
    check(text);
    return text;
  } catch (cause) {
    throw new TypeError(`${refuse}: ${describeError(cause).message}`, { cause });
  }
}
