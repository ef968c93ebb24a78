/** Takes exports and forgets them, so that export is paid for. */
import { listen } from "./listen.ts";

listen(async (request) => {
  await request.arrayBuffer();
  return new Response(null, { status: 200, headers: { "content-type": "application/x-protobuf" } });
});
