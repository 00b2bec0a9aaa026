import * as z from "zod/mini";
import {
  appServerCommand,
  NotForAppServer,
} from "../../codex/app_server_command.ts";
import { parseEvent } from "../../codex/events.ts";
import { RESULT_SCHEMA } from "../../codex/result_schema.ts";
import { aborted, inTime } from "../../system/delay.ts";
import { ignored } from "../../system/ignore.ts";
import { once } from "../../system/once.ts";

import { LADDER_STEP_MS } from "../codex_process.ts";
import {
  noteEvent,
  noWordsYet,
  type SteeredMessage,
  type Transport,
  type TransportParts,
  type Turn,
  type TurnEnd,
  type TurnEnding,
} from "../turn.ts";
import { makeTranslator } from "./exec_events.ts";
import { type Rpc, RpcError } from "./rpc.ts";
import { openSession, openThread, type Session } from "./session.ts";
import { followMessages, type SteeredMessages } from "./steered_messages.ts";
import { toldLimits } from "./told_limits.ts";

const turnSchema = once(() => z.object({ turn: z.object({ id: z.string() }) }));

/**
 * Drives Codex by `codex app-server`: one process for the run, which hears messages
 * within its turn. It is never shared: what one run does must not end another.
 */
export function appServerTransport(parts: TransportParts): Transport {
  const messages = followMessages();
  let session: Session | null = null;
  const close = async () => {
    const last = session;
    session = null;
    await last?.close();
  };
  return {
    async turn(turn) {
      const command = await appServerCommand(turn.request, turn.env);
      // It reads its settings when it starts.
      if (session && session.command !== command.argv.join("\0")) await close();
      session ??= await openSession(parts, command.argv, turn.env).catch(
        (error) => {
          if (!(error instanceof RpcError)) throw error;
          throw new NotForAppServer(error.message);
        },
      );
      const end = await runTurn(parts, session, turn, command.thread, messages);
      if (session.codex.status() !== null) await close();
      return end;
    },
    [Symbol.asyncDispose]: close,
  };
}

async function runTurn(
  { eventsLog }: TransportParts,
  session: Session,
  turn: Turn,
  thread: Record<string, unknown>,
  messages: SteeredMessages,
): Promise<TurnEnd> {
  const { codex, rpc } = session;
  const { ending, request } = turn;
  const words = noWordsYet();
  const translate = makeTranslator();
  const over = Promise.withResolvers<void>();

  const emit = (event: Record<string, unknown>) => {
    const line = JSON.stringify(event);
    eventsLog.write(new TextEncoder().encode(`${line}\n`));
    const parsed = parseEvent(line);
    noteEvent(words, parsed);
    turn.onEvent(parsed);
  };
  const isOver = new AbortController();
  session.listen({
    hear(notification) {
      const told = translate(notification);
      told.events.forEach(emit);
      if (told.usage) turn.onUsage(told.usage);
      const limits = toldLimits(notification);
      if (limits) turn.onLimits(limits);
      messages.hear(notification, told.isModels === true);
      if (told.ended) over.resolve();
    },
    async answer({ asked, answer }, signal, tell) {
      const given = AbortSignal.any([signal, isOver.signal, ending.signal]);
      await turn.onAsked(
        asked,
        given,
        (reply) =>
          Promise.race([
            tell(answer(reply)),
            aborted(given).then(() => signal.aborted),
          ]),
      );
    },
  });
  const endedBy: string[] = [];
  try {
    const threadId = await requireThread(session, turn, thread);
    emit({ type: "thread.started", thread_id: threadId });
    const answer = await rpc.call("turn/start", {
      threadId,
      input: inputOf(turn.prompt),
      approvalPolicy: thread["approvalPolicy"],
      ...request.schemaFile === null ? {} : { outputSchema: RESULT_SCHEMA },
    });
    const turnId = turnSchema().parse(answer).turn.id;
    turn.onSteerable((message) =>
      steer(rpc, messages, { threadId, expectedTurnId: turnId }, message)
    );
    await Promise.race([over.promise, codex.ended, aborted(ending.signal)]);
    turn.onSteerable(null);
    if (ending.signal.aborted) {
      endedBy.push(
        ...await endTurn(session, ending, over.promise, { threadId, turnId }),
      );
    }
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    if (error.code === null) await codex.ended;
    else emit({ type: "turn.failed", error: { message: error.message } });
  } finally {
    isOver.abort();
    session.listen(null);
    messages.endTurn();
  }
  if (codex.status() !== null) await codex.drained();
  const status = codex.status();
  return {
    ...words,
    stderrTail: codex.stderrTail(),
    endedBy,
    exitCode: status?.code ?? (words.turnCompleted ? 0 : 1),
    signal: status?.signal ?? null,
  };
}

/** The thread of the turn, which the session loads unless it has. */
async function requireThread(
  session: Session,
  { request }: Turn,
  thread: Record<string, unknown>,
): Promise<string> {
  const { resumeThreadId, ephemeral, threadSource } = request;
  if (session.threadId !== null && session.threadId === resumeThreadId) {
    return session.threadId;
  }
  const start = resumeThreadId === null ? { ephemeral, threadSource } : {};
  session.threadId = await openThread(
    session,
    { ...thread, ...start },
    resumeThreadId,
  );
  return session.threadId;
}

/** Ends a turn before its end: politely, so that the thread can go on in the same process, or with the process. */
async function endTurn(
  { rpc, codex }: Session,
  ending: TurnEnding,
  over: Promise<void>,
  turn: { threadId: string; turnId: string },
): Promise<string[]> {
  const first = ending.firstSignal();
  if (first === "SIGINT") {
    rpc.call("turn/interrupt", turn).catch(
      ignored("a turn that cannot be interrupted is ended with its process"),
    );
    const isOver = Promise.race([over, codex.ended]).then(() => true);
    if (await inTime(isOver, LADDER_STEP_MS, null)) return ["interrupt"];
  }
  return await codex.end(first);
}

async function steer(
  rpc: Rpc,
  messages: SteeredMessages,
  turn: { threadId: string; expectedTurnId: string },
  message: SteeredMessage,
): Promise<boolean> {
  const id = messages.add(message);
  try {
    await rpc.call("turn/steer", {
      ...turn,
      clientUserMessageId: id,
      input: inputOf(message.text),
    });
    return true;
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    messages.remove(id);
    return false;
  }
}

function inputOf(text: Uint8Array<ArrayBuffer>): Record<string, unknown>[] {
  return [{
    type: "text",
    text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(text),
    text_elements: [],
  }];
}
