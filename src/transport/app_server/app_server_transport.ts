import * as z from "zod/mini";
import {
  type AppServerCommand,
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
import {
  openSession,
  openThread,
  type Session,
  sessionKey,
} from "./session.ts";
import { followMessages, type SteeredMessages } from "./steered_messages.ts";
import { toldLimits } from "./told_limits.ts";

const turnSchema = once(() => z.object({ turn: z.object({ id: z.string() }) }));

/** A worker's helpers have threads of their own, and Codex reports those too. */
const ofThreadSchema = once(() => z.object({ threadId: z.string() }));

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
      try {
        const command = await appServerCommand(turn.request, turn.env);
        // It reads settings and environment when it starts; what git is to obey may have changed since.
        const key = sessionKey(command.argv, turn.env);
        if (session && session.key !== key) await close();
        const { signal } = turn.ending;
        session ??= await openSession(parts, command.argv, turn.env, signal);
        return await runTurn(parts, session, turn, command, messages);
      } catch (error) {
        // Another Codex may not continue a thread that this one holds.
        if (error instanceof NotForAppServer) await close();
        if (!(error instanceof RpcError)) throw error;
        await close();
        throw new NotForAppServer(error.message);
      } finally {
        if (session !== null && session.codex.status() !== null) await close();
      }
    },
    [Symbol.asyncDispose]: close,
  };
}

/** Runs a turn to its end. Throws an {@linkcode RpcError} if it could not get a thread. */
async function runTurn(
  { eventsLog }: TransportParts,
  session: Session,
  turn: Turn,
  command: AppServerCommand,
  messages: SteeredMessages,
): Promise<TurnEnd> {
  const { codex, rpc } = session;
  const { ending, request } = turn;
  const words = noWordsYet();
  const translate = makeTranslator();
  const over = Promise.withResolvers<void>();
  let threadId: string | null = null;
  let turnId: string | null = null;

  const emit = (event: Record<string, unknown>) => {
    const line = JSON.stringify(event);
    eventsLog.write(new TextEncoder().encode(`${line}\n`));
    const parsed = parseEvent(line);
    noteEvent(words, parsed);
    turn.onEvent(parsed);
  };
  const isOver = new AbortController();
  const listen = (threadId: string) =>
    session.listen({
      hear(notification) {
        const of = ofThreadSchema().safeParse(notification.params).data
          ?.threadId;
        if (of !== undefined && of !== threadId) return;
        const told = translate(notification);
        told.events.forEach(emit);
        if (told.errorKind !== undefined) words.errorKind = told.errorKind;
        if (told.usage) turn.onUsage(told.usage);
        const limits = toldLimits(notification);
        if (limits) turn.onLimits(limits);
        messages.hear(notification, told.isModels === true);
        if (told.ended) over.resolve();
      },
      async answer({ asked, answer }, signal, tell) {
        const given = AbortSignal.any([signal, isOver.signal, ending.signal]);
        await turn.onAsked(asked, given, (reply) => {
          // Whoever stopped the turn does not approve anything any more.
          if (given.aborted) return Promise.resolve(false);
          const over = aborted(given).then(() => signal.aborted);
          return Promise.race([tell(answer(reply)), over]);
        });
      },
    });
  const speak = async (threadId: string) => {
    const answer = await rpc.call("turn/start", {
      threadId,
      input: inputOf(turn.prompt),
      ...command.turn,
      ...request.schemaFile === null ? {} : { outputSchema: RESULT_SCHEMA },
    });
    const { id } = turnSchema().parse(answer).turn;
    turnId = id;
    if (ending.signal.aborted) return;
    turn.onSteerable((message) =>
      steer(rpc, messages, { threadId, expectedTurnId: id }, message)
    );
    await over.promise;
  };
  const isEnding = Promise.race([codex.ended, aborted(ending.signal)]);
  const endedBy: string[] = [];
  try {
    const ready = requireThread(session, turn, command.thread);
    await Promise.race([ready, isEnding]);
    if (!ending.signal.aborted) {
      threadId = await ready;
      emit({ type: "thread.started", thread_id: threadId });
      listen(threadId);
      // It may be the wrong thread.
      const spoken = ending.signal.aborted ? undefined : speak(threadId);
      await Promise.race([spoken, isEnding])
        .catch((error) => {
          if (!(error instanceof RpcError)) throw error;
          if (error.code === null) return;
          emit({ type: "turn.failed", error: { message: error.message } });
        });
    }
    turn.onSteerable(null);
    if (ending.signal.aborted) {
      endedBy.push(
        ...await endTurn(session, ending, over.promise, threadId, turnId),
      );
    }
    // Its last words count too.
    if (codex.status() !== null) await codex.drained();
  } finally {
    isOver.abort();
    session.listen(null);
    messages.endTurn();
  }
  const status = codex.status();
  return {
    ...words,
    stderrTail: codex.stderrTail(),
    endedBy,
    exitCode: status?.code ?? (words.turnCompleted ? 0 : 1),
    signal: status?.signal ?? null,
  };
}

/** The thread of the turn, which the session loads unless it has done so. */
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

/**
 * Ends a turn early: politely, so that the thread can go on in the same process, or
 * else by ending the process. SIGTERM alone lets Codex finish the turn first.
 */
async function endTurn(
  { rpc, codex }: Session,
  ending: TurnEnding,
  over: Promise<void>,
  threadId: string | null,
  turnId: string | null,
): Promise<string[]> {
  if (turnId !== null) {
    rpc.call("turn/interrupt", { threadId, turnId }).catch(
      ignored("a turn that cannot be interrupted is ended with its process"),
    );
    const isOver = Promise.race([over, codex.ended]).then(() => true);
    if (await inTime(isOver, LADDER_STEP_MS, null)) return ["interrupt"];
  }
  return await codex.end(ending.firstSignal());
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
