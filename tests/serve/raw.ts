import { connect } from "node:net";

/** How long to wait for more of an answer that does not end. */
const PATIENCE_MS = 1000;

/** Sends bytes over a socket and gives what comes back until the other side closes, as latin-1. */
export function sendRaw(port: number, request: string | Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(answer);
    };
    const timer = setTimeout(end, PATIENCE_MS);
    socket.setEncoding("latin1");
    socket.on("data", (chunk) => answer += chunk);
    socket.on("error", end);
    socket.on("close", end);
    socket.on("end", end);
    socket.write(request);
  });
}

/** A request of these lines, which closes its connection. */
export function lines(...of: string[]): string {
  return [...of, "Connection: close", "", ""].join("\r\n");
}
