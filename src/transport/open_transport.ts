import { NotForAppServer } from "../codex/app_server_command.ts";
import type { TransportName } from "../codex/transports.ts";
import { appServerTransport } from "./app_server/app_server_transport.ts";
import { execTransport } from "./exec/exec_transport.ts";
import type { Transport, TransportParts } from "./turn.ts";

/**
 * Opens a way of driving Codex for one run. If `app-server` cannot begin a turn,
 * `exec` runs it and all further ones; if it cannot either, its error counts.
 */
export function openTransport(
  name: TransportName,
  parts: TransportParts,
): Transport {
  const exec = execTransport(parts);
  if (name === "exec") return exec;
  const appServer = appServerTransport(parts);
  let chosen = appServer;
  return {
    async turn(turn) {
      try {
        return await chosen.turn(turn);
      } catch (error) {
        if (!(error instanceof NotForAppServer)) throw error;
        chosen = exec;
        return await exec.turn({
          ...turn,
          onEvent(event) {
            if (event.type === "turn.started") parts.onFallBack(error.message);
            turn.onEvent(event);
          },
        });
      }
    },
    [Symbol.asyncDispose]: () => appServer[Symbol.asyncDispose](),
  };
}
