import type { BriefRun } from "../../src/mcp/brief_run.ts";
import { makeServer } from "../../src/mcp/server.ts";
import { watchTransport } from "../../src/mcp/watched_transport.ts";
import { openWorkspace } from "../../src/workspace/workspace.ts";
import { PROGRAM_ARGS, type Stage } from "../support/stage.ts";
import {
  Client,
  ElicitRequestSchema,
  type ElicitResult,
  InMemoryTransport,
  type Progress,
  StdioClientTransport,
} from "./sdk_client.ts";

/** The structured parts of all answers in one: each tool fills its own keys. */
export interface AnswerData extends BriefRun {
  outcome?: string | null;
  asks?: boolean;
  cwd: string;
  parent_run_id: string;
  next?: string;
  words_of?: string;
  done: boolean;
  ended: BriefRun[];
  running: BriefRun[];
  run: BriefRun;
  attempts?: string[];
  runs: (BriefRun & { name?: string; already?: boolean; forced?: boolean })[];
  record: Record<string, unknown>;
  more: boolean | number;
  damaged: string[];
}

/** What a tool answered. */
export interface ToolAnswer {
  isError: boolean;
  text: string;
  data: AnswerData;
  /** Bytes of the structured part. */
  bytes: number;
}

export interface CallOptions {
  signal?: AbortSignal;
  onprogress?: (progress: Progress) => void;
}

/** A client that is connected to the server, for one test. */
export interface McpClient extends AsyncDisposable {
  client: Client;
  /** What the server wrote to stderr. */
  said(): string;
  call(
    name: string,
    args?: Record<string, unknown>,
    options?: CallOptions,
  ): Promise<ToolAnswer>;
}

/** Starts `agentctl mcp` as a process and connects to it. */
export async function connectProcess(
  stage: Stage,
  binary?: string,
): Promise<McpClient> {
  const transport = new StdioClientTransport({
    command: binary ?? Deno.execPath(),
    args: [...binary ? [] : PROGRAM_ARGS, "mcp", "--client-asks"],
    env: stage.env,
    cwd: stage.repository.dir,
    stderr: "pipe",
  });
  let said = "";
  transport.stderr?.on("data", (chunk: Uint8Array) => {
    said += new TextDecoder().decode(chunk);
  });
  const client = new Client({ name: "test", version: "1" });
  await client.connect(transport);
  return wrap(client, () => said);
}

export interface HereOptions {
  progressEveryMs?: number;
  onAnswer?: () => void;
  /** As `--client-asks`, which is the default here. */
  clientAsks?: boolean;
  /** The client can ask the user: what it answers. */
  onAsk?: (message: string) => ElicitResult;
}

/** Connects to a server in this process. */
export async function connectHere(
  stage: Stage,
  options: HereOptions = {},
): Promise<McpClient> {
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  const transport = watchTransport(theirs);
  const caller = { cwd: stage.repository.dir, env: stage.env };
  let said = "";
  const server = makeServer({
    fleet: async () => ({
      workspace: await openWorkspace(caller, undefined),
      caller,
    }),
    caller,
    clientAsks: options.clientAsks ?? true,
    say: (text) => said += text + "\n",
    closing: new AbortController().signal,
    afterAnswer: (id, action) => {
      options.onAnswer?.();
      transport.afterAnswer(id, action);
    },
    afterwords: transport.afterwords,
    progressEveryMs: options.progressEveryMs ?? 60_000,
  });
  await server.connect(transport);
  const { onAsk } = options;
  const client = new Client(
    { name: "test", version: "1" },
    { capabilities: onAsk ? { elicitation: {} } : {} },
  );
  if (onAsk) {
    client.setRequestHandler(
      ElicitRequestSchema,
      ({ params }) => onAsk(params.message),
    );
  }
  await client.connect(ours);
  return wrap(client, () => said);
}

async function wrap(client: Client, said: () => string): Promise<McpClient> {
  // The client checks answers only by schemas that it knows.
  await client.listTools();
  return {
    client,
    said,
    async call(name, args = {}, options = {}) {
      const result = await client.callTool(
        { name, arguments: args },
        undefined,
        { timeout: 120_000, ...options },
      );
      const content = result.content as { text: string }[];
      return {
        isError: result.isError === true,
        text: content.map(({ text }) => text).join("\n"),
        data: result.structuredContent as unknown as AnswerData,
        bytes: new TextEncoder().encode(
          JSON.stringify(result.structuredContent ?? null),
        ).length,
      };
    },
    [Symbol.asyncDispose]: () => client.close(),
  };
}
