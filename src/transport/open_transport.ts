import { NotForAppServer } from "../codex/app_server_command.ts";
import type { TransportName } from "../codex/transports.ts";
import { appServerTransport } from "./app_server/app_server_transport.ts";
import { execTransport } from "./exec/exec_transport.ts";
import type { Transport, TransportParts } from "./turn.ts";

/**
 * Opens a way of driving Codex for one run. If `app-server` cannot serve the first
 * turn, `exec` takes over for all of them.
 */
export function openTransport(
  name: TransportName,
  parts: TransportParts,
): Transport {
  const exec = execTransport(parts);
  if (name === "exec") return exec;
  const appServer = appServerTransport(parts);
  let chosen = appServer;
  let isFirst = true;
  return {
    async turn(turn) {
      try {
        return await chosen.turn(turn);
      } catch (error) {
        if (!(error instanceof NotForAppServer) || !isFirst) throw error;
        parts.onFallBack(error.message);
        chosen = exec;
        return await exec.turn(turn);
      } finally {
        isFirst = false;
      }
    },
    [Symbol.asyncDispose]: () => appServer[Symbol.asyncDispose](),
  };
}
