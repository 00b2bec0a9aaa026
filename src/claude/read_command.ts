import { type ReadCall, readCall } from "../permission/read_call.ts";
import { parseSimpleCommand } from "./simple_command.ts";

/** A command text that is one plain call of agentctl. */
export interface ReadCommand {
  call: ReadCall;
  /** The folder to which a `cd` before it goes; `null` without one. */
  folder: string | null;
}

/** `cd` to a folder that is not looked for in `CDPATH`, and what comes then. */
const MOVE = /^cd +((?:\/|\.\.?(?=[/ ]))[A-Za-z0-9_@+,./-]*) +&& +(?=[a-z])/;

/**
 * Reads a command text that is one plain call of agentctl and nothing else,
 * but for a `cd` before it. `null` for everything else, and for calls with
 * something in them that is not known.
 */
export function readCommand(text: string): ReadCommand | null {
  const [before = "", folder = null] = MOVE.exec(text) ?? [];
  const command = parseSimpleCommand(text.slice(before.length));
  if (command === null) return null;
  const call = readCall(command.words, command.heredoc);
  return call && { call, folder };
}
