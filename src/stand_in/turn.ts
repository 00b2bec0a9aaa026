import { dirname, resolve } from "@std/path";
import { exists } from "../files/exists.ts";
import { pause } from "./io.ts";
import { mayWrite, type Sandbox } from "./sandbox.ts";
import type { Step } from "./script.ts";
import { NO_USAGE, type Usage } from "./usage.ts";

/** What a turn needs from outside. */
export interface TurnContext {
  sandbox: Sandbox;
  /** Prints one event, unless the script wants none. */
  emit: (event: Record<string, unknown>) => void;
  /** Writes to stdout unchanged. */
  writeRaw: (data: string | Uint8Array) => void;
  writeError: (text: string) => void;
  /** Makes signals do nothing from now on. */
  ignoreSignals: () => void;
  signal: AbortSignal;
}

/** How the steps of a turn ended; the tokens are for this turn alone, if the script gives any. */
export type TurnOutcome =
  | {
    end: "completed";
    lastMessage: string | undefined;
    usage: Usage | undefined;
    items: number;
  }
  | { end: "failed"; message: string }
  | { end: "exit"; code: number };

const STEP_MS = 2;
const POLL_MS = 10;
const COMMAND_MS = 20;
const FLOOD_CHUNK = 64 * 1024;
const HANG_MS = 60_000;

/** Runs the steps of a script in order. Rejects with the signal's reason when it is aborted. */
export async function performTurn(
  steps: Step[],
  context: TurnContext,
): Promise<TurnOutcome> {
  const { emit, signal, sandbox } = context;
  let items = 0;
  let lastMessage: string | undefined;
  let usage: Usage | undefined;

  const nextId = () => `item_${items++}`;
  const item = (
    phase: "started" | "completed",
    body: Record<string, unknown>,
  ) => emit({ type: `item.${phase}`, item: body });
  const say = (text: string) => {
    lastMessage = text;
    item("completed", { id: nextId(), type: "agent_message", text });
  };

  async function change(
    path: string,
    apply: (target: string, exists: boolean) => Promise<string>,
  ): Promise<void> {
    const target = resolve(sandbox.cwd, path);
    if (!mayWrite(sandbox, target)) {
      // Codex sends no event for a patch that its sandbox rejects.
      context.writeError(
        `ERROR stand-in: patch rejected: writing "${path}" is blocked by the ${sandbox.mode} sandbox`,
      );
      return;
    }
    const id = nextId();
    const kind = await apply(target, await exists(target));
    const changes = [{ path: target, kind }];
    const body = { id, type: "file_change", changes };
    item("started", { ...body, status: "in_progress" });
    item("completed", { ...body, status: "completed" });
  }

  async function flood(bytes: number, singleLine: boolean): Promise<void> {
    const size = singleLine ? bytes : FLOOD_CHUNK;
    for (let written = 0; written < bytes; written += size) {
      const length = Math.min(size, bytes - written);
      item("completed", {
        id: nextId(),
        type: "command_execution",
        command: shellWrapped("flood"),
        aggregated_output: "".padEnd(length, "stand-in flood "),
        exit_code: 0,
        status: "completed",
      });
      await pause(0, signal);
    }
  }

  for (const step of steps) {
    await pause(STEP_MS, signal);
    switch (step.kind) {
      case "say":
        say(`[stand-in] ${step.value}`);
        break;
      case "think":
        item("completed", {
          id: nextId(),
          type: "reasoning",
          text: `[stand-in] ${step.value}`,
        });
        break;
      case "result":
        say(JSON.stringify(step.value));
        break;
      case "result_text":
        say(step.value);
        break;
      case "write":
      case "append":
        await change(step.value.path, async (target, exists) => {
          await Deno.mkdir(dirname(target), { recursive: true });
          const append = step.kind === "append";
          await Deno.writeTextFile(target, step.value.text, { append });
          return exists ? "update" : "add";
        });
        break;
      case "delete":
        await change(
          typeof step.value === "string" ? step.value : step.value.path,
          async (target) => {
            await Deno.remove(target);
            return "delete";
          },
        );
        break;
      case "run": {
        const { command, output = "", exit_code = 0, ms = COMMAND_MS } =
          step.value;
        const body = {
          id: nextId(),
          type: "command_execution",
          command: shellWrapped(command),
        };
        item("started", {
          ...body,
          aggregated_output: "",
          exit_code: null,
          status: "in_progress",
        });
        await pause(ms, signal);
        const status = exit_code === 0 ? "completed" : "failed";
        item("completed", {
          ...body,
          aggregated_output: output,
          exit_code,
          status,
        });
        break;
      }
      case "plan":
        item("completed", {
          id: nextId(),
          type: "todo_list",
          items: step.value,
        });
        break;
      case "warning":
        item("completed", { id: nextId(), type: "error", message: step.value });
        break;
      case "error":
        emit({ type: "error", message: step.value });
        break;
      case "sleep_ms":
        await pause(step.value, signal);
        break;
      case "wait_for_file":
        while (!await exists(resolve(sandbox.cwd, step.value))) {
          await pause(POLL_MS, signal);
        }
        break;
      case "raw":
        context.writeRaw(step.value);
        break;
      case "raw_base64":
        context.writeRaw(Uint8Array.fromBase64(step.value));
        break;
      case "stderr":
        context.writeError(step.value);
        break;
      case "flood":
        await flood(step.value.bytes, step.value.single_line ?? false);
        break;
      case "usage":
        usage = { ...NO_USAGE, ...step.value };
        break;
      case "ignore_signals":
        context.ignoreSignals();
        break;
      case "hang":
        while (!signal.aborted) await pause(HANG_MS, signal);
        break;
      case "fail":
        return { end: "failed", message: step.value };
      case "exit":
        return { end: "exit", code: step.value };
      case "no_events":
        break;
    }
  }
  return { end: "completed", lastMessage, usage, items };
}

/** Reports a command as Codex reports those of its shell. */
function shellWrapped(command: string): string {
  return `/bin/bash -lc '${command.replaceAll("'", `'"'"'`)}'`;
}
