import { parseEvent } from "../../codex/events.ts";
import { buildArgv } from "../../codex/command_line.ts";
import { makeLineSplitter } from "../../files/line_splitter.ts";
import { writeAndClose } from "../../system/command.ts";
import { aborted } from "../../system/delay.ts";
import { instead } from "../../system/ignore.ts";
import { startCodex } from "../codex_process.ts";
import {
  noteEvent,
  noWordsYet,
  type Transport,
  type TransportParts,
  type Turn,
  type TurnEnd,
} from "../turn.ts";

/** Drives Codex by `codex exec`: a process for each turn, which hears nothing until it ends. */
export function execTransport(parts: TransportParts): Transport {
  return {
    turn: (turn) => runTurn(parts, turn),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function runTurn(
  { capabilities, eventsLog, stderrLog, onOutput, endLeftovers }:
    TransportParts,
  { request, env, prompt, onEvent, ending }: Turn,
): Promise<TurnEnd> {
  const words = noWordsYet();
  const lines = makeLineSplitter((line) => {
    const event = parseEvent(line);
    noteEvent(words, event);
    onEvent(event);
  });
  const codex = startCodex({
    argv: buildArgv(capabilities, request),
    env,
    stderrLog,
    onStdout(bytes) {
      eventsLog.write(bytes);
      lines.push(bytes);
    },
    onOutput,
    endLeftovers,
  });
  writeAndClose(codex.stdin, prompt).catch(
    instead(undefined, "Codex says at its end that it lacks a prompt"),
  );
  await Promise.race([codex.ended, aborted(ending.signal)]);
  const endedBy = ending.signal.aborted
    ? await codex.end(ending.firstSignal())
    : [];
  const status = await codex.ended;
  await codex.drained();
  lines.end();
  // What a stopped turn had started would interfere with the next one.
  if (ending.signal.aborted) await endLeftovers();
  return {
    ...words,
    stderrTail: codex.stderrTail(),
    endedBy,
    exitCode: status.code,
    signal: status.signal,
  };
}
