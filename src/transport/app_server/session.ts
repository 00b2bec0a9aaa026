import * as z from "zod/mini";
import { aborted, inTime } from "../../system/delay.ts";
import { once } from "../../system/once.ts";
import { VERSION } from "../../system/version.ts";
import { type CodexProcess, startCodex } from "../codex_process.ts";
import type { TransportParts, Turn } from "../turn.ts";
import { notePatches, type PatchOfItem } from "./patches.ts";
import { type CodexRequest, readRequest } from "./questions.ts";
import { type Notification, openRpc, type Rpc, RpcError } from "./rpc.ts";

/** Whoever follows a turn. */
export interface Listener {
  hear(notification: Notification): void;
  /** Answers a request of Codex; the signal is aborted when Codex stops waiting. */
  answer(
    request: CodexRequest,
    signal: AbortSignal,
    tell: (answer: unknown) => Promise<boolean>,
  ): Promise<void>;
}

/** One `codex app-server`, which serves one run and nothing else. */
export interface Session {
  codex: CodexProcess;
  rpc: Rpc;
  /** How it was started: see {@linkcode sessionKey}. */
  key: string;
  /** The thread that it has loaded; `null` at first. */
  threadId: string | null;
  /** A patch that it has told of. */
  patchOf: PatchOfItem;
  /** Sets who hears what Codex tells: what has come since the last listener left, and what comes now; `null` removes the listener. */
  listen(listener: Listener | null): void;
  /** Ends it: by the end of its input, or else by force. */
  close(): Promise<void>;
}

/** How long Codex may take to end when nobody talks to it any more. */
const CLOSING_MS = 2_000;

const threadSchema = once(() =>
  z.object({ thread: z.object({ id: z.string() }) })
);

/** How long Codex may take to shake hands; a busy machine is slow. */
const HANDSHAKE_MS = 60_000;

/** Notifications that repeat others, in pieces or as a whole; some come without end. */
const UNHEARD = [
  ...["item/agentMessage/delta", "item/plan/delta"],
  ...["item/reasoning/textDelta", "item/reasoning/summaryTextDelta"],
  ...["item/commandExecution/outputDelta", "item/fileChange/outputDelta"],
  ...["item/fileChange/patchUpdated", "turn/diff/updated"],
];

/** What an app-server is started with, for comparison. */
export function sessionKey(
  argv: readonly string[],
  env: Turn["env"],
): string {
  return JSON.stringify([argv, env]);
}

/**
 * Starts an app-server and shakes hands, unless the signal is aborted meanwhile.
 * Throws an {@linkcode RpcError} if it does not answer as one.
 */
export async function openSession(
  parts: TransportParts,
  argv: readonly string[],
  env: Turn["env"],
  signal: AbortSignal,
): Promise<Session> {
  let listener: Listener | null = null;
  const unheard: Notification[] = [];
  const patches = notePatches();
  const codex = startCodex({
    argv,
    env,
    stderrLog: parts.stderrLog,
    onStdout: (bytes) => rpc.push(bytes),
    onOutput: parts.onOutput,
    endLeftovers: parts.endLeftovers,
  });
  const rpc = openRpc({
    stdin: codex.stdin,
    log: parts.rpcLog(),
    onNotification(notification) {
      patches.hear(notification);
      if (listener) listener.hear(notification);
      else unheard.push(notification);
    },
    async onRequest(request, signal, tell) {
      const read = readRequest(request, session.patchOf);
      if ("asked" in read && listener !== null) {
        await listener.answer(read, signal, tell);
      } else await tell(read.refusal);
    },
  });
  codex.ended.then(() => rpc.close());
  const session: Session = {
    codex,
    rpc,
    key: sessionKey(argv, env),
    threadId: null,
    patchOf: patches.patchOf,
    listen(next) {
      listener = next;
      if (next) unheard.splice(0).forEach(next.hear);
    },
    async close() {
      rpc.end();
      const end = await inTime(codex.ended, CLOSING_MS, null);
      if (end === null) await codex.end("SIGTERM");
    },
  };
  try {
    const handshake = rpc.call("initialize", {
      clientInfo: { name: "agentctl", title: "agentctl", version: VERSION },
      capabilities: {
        experimentalApi: true,
        requestAttestation: false,
        optOutNotificationMethods: UNHEARD,
      },
    });
    const isOver = Promise.race([handshake, aborted(signal)]);
    if (await inTime(isOver.then(() => true), HANDSHAKE_MS, false)) {
      rpc.notify("initialized");
      return session;
    }
    throw new RpcError("Codex did not answer initialize", null);
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** Begins a thread, or goes on in one. Returns its id. Throws an {@linkcode RpcError}. */
export async function openThread(
  { rpc }: Session,
  params: Record<string, unknown>,
  resumeThreadId: string | null,
): Promise<string> {
  const answer = resumeThreadId === null
    ? await rpc.call("thread/start", params)
    : await rpc.call("thread/resume", {
      ...params,
      modelProvider: await currentProvider(rpc, params),
      threadId: resumeThreadId,
      excludeTurns: true,
    });
  const thread = threadSchema().safeParse(answer).data?.thread;
  if (thread) return thread.id;
  throw new RpcError("Codex did not say which thread it began", null);
}

const configSchema = once(() =>
  z.object({ config: z.object({ model_provider: z.nullish(z.string()) }) })
);

/**
 * The provider of the model by the settings that count now. A resumed thread keeps
 * its model and effort unless it is told one of them, or the provider; then the
 * settings determine all, as they do with `codex exec`.
 */
async function currentProvider(
  rpc: Rpc,
  { cwd }: Record<string, unknown>,
): Promise<string> {
  const answer = await rpc.call("config/read", { cwd, includeLayers: false });
  const { config } = configSchema().parse(answer);
  return config.model_provider ?? "openai";
}
