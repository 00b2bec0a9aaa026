import { type ReadCall, readCall } from "../../permission/read_call.ts";
import { parseSimpleCommand } from "./simple_command.ts";

/** A command text that is one plain call of agentctl. */
export interface ReadCommand {
  call: ReadCall;
  /** The folder of a `cd` before the call; `null` without one. */
  folder: string | null;
}

/** `cd` to a folder that is not looked up in `CDPATH`, and the rest. */
const MOVE = /^cd +((?:\/|\.\.?(?=[/ ]))[A-Za-z0-9_@+,./-]*) +&& +(?=[a-z])/;

/**
 * Reads a command text that is a single plain call of agentctl, possibly after a
 * `cd`. `null` for everything else, and for calls that contain anything unknown.
 */
export function readCommand(text: string): ReadCommand | null {
  const [before = "", folder = null] = MOVE.exec(text) ?? [];
  const command = parseSimpleCommand(text.slice(before.length));
  if (command === null) return null;
  const call = readCall(command.words, command.heredoc);
  return call && { call, folder };
}
