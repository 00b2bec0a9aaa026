import { join } from "@std/path";
import type { TransportName } from "../../../src/codex/transports.ts";
import { shellCommand } from "../../../src/system/shell.ts";
import { makeCodexHome } from "../../support/codex_home.ts";
import {
  type Answer,
  callShell,
  finish,
  say,
  scriptByPrompt,
  startModelServer,
} from "../../support/model_server.ts";
import { ensureNativeCodex } from "../../support/tools.ts";
import { type Fault, must } from "../fault.ts";
import { mountObstacle, mountWorkspace } from "../mounts.ts";
import { findSupervisor, findWorker, signal } from "../processes.ts";
import type { Round, Victim } from "../round.ts";
import { DONE, untilFileHolds } from "../strike.ts";
import type { Expectation, RunOutcome } from "../truth.ts";

const MEGABYTE = 1024 * 1024;

/** SIGINT and SIGTERM have two seconds each before SIGKILL, and Codex starts slower than the stand-in. */
const LADDER_MS = 5_000;

const RESULT = finish({
  goal_met: true,
  summary: "done",
  followup_prompt: "",
  notes: "",
});

interface RealStrike extends Expectation {
  /** What the model says. */
  answers: readonly Answer[];
  /** A script of `/bin/sh` that Codex is started with: `"$codex" "$@"` is Codex itself. */
  launcher?: string;
  options?: string[];
  /** Makes it go wrong, once the worker's command runs. */
  hit?: (victim: Victim) => unknown;
}

/** Lets the real Codex work, makes something go wrong, and checks what comes of it. */
async function strikeReal(
  round: Round,
  transport: TransportName,
  { answers, launcher, options = [], hit, ...expected }: RealStrike,
): Promise<{ id: string; outcome: RunOutcome }> {
  await round.open();
  const server = startModelServer(scriptByPrompt(() => answers));
  round.onEnd(() => server.close());
  await putRealCodex(round, server.url, launcher ?? 'exec "$codex" "$@"');
  const victim = await round.begin(
    "Work",
    ...["--transport", transport, "--sandbox", "danger-full-access"],
    ...options,
  );
  let since = performance.now();
  if (hit !== undefined) {
    await untilFileHolds(round, victim.id, "events.jsonl", "command_execution");
    await round.pause(0, 300);
    since = performance.now();
    await hit(victim);
  }
  const outcome = await round.settle(victim, since, expected);
  return { id: victim.id, outcome };
}

/** Puts the real Codex in the place of the stand-in. */
async function putRealCodex(
  { stage: { scratch, env } }: Round,
  url: string,
  launcher: string,
): Promise<void> {
  const codex = join(await ensureNativeCodex(), "codex");
  await makeCodexHome(env["CODEX_HOME"] ?? "", url);
  await Deno.writeTextFile(
    join(scratch.bin, "codex"),
    `#!/bin/sh\ncodex=${shellCommand([codex])}\n${launcher}\n`,
    { mode: 0o755 },
  );
}

/** What a command leaves running beside it, in a session of its own. */
const AT_WORK = callShell("setsid sleep 600 & sleep 600");

function faultsBy(transport: TransportName): Fault[] {
  const named = (name: string) => `${name}, by ${transport}`;
  const isSlow = transport === "exec" ? { slow: true } : {};
  const fault = (
    name: string,
    strike: (round: Round) => RealStrike,
    options: Partial<Fault> = {},
  ): Fault => ({
    name: named(name),
    ...isSlow,
    ...options,
    async play(round) {
      await strikeReal(round, transport, strike(round));
    },
  });
  return [
    fault("real Codex SIGKILL", () => ({
      answers: [AT_WORK],
      hit: ({ id }) => signal(findWorker(id) ?? 0, "SIGKILL"),
      ladderMs: LADDER_MS,
      outcomes: [{ status: "failed", code: 4, reason: /killed by SIGKILL/ }],
    })),
    fault("supervisor of real Codex SIGKILL", () => ({
      answers: [AT_WORK],
      hit: ({ id }) => signal(findSupervisor(id) ?? 0, "SIGKILL"),
      outcomes: [{ status: "lost", code: 4, reason: /died without/ }],
    })),
    fault("real Codex, stop", ({ stage }) => ({
      answers: [AT_WORK],
      hit: ({ id }) => stage.agentctl(["stop", id]),
      ladderMs: LADDER_MS,
      outcomes: [{ status: "stopped", code: 4, reason: /agentctl stop/ }],
    }), { slow: true }),
    fault("pane of real Codex killed", ({ tmux }) => ({
      answers: [AT_WORK],
      hit: () => tmux("kill-server"),
      ladderMs: LADDER_MS,
      outcomes: [
        { status: "stopped", code: 4, reason: /^The pane was closed$/ },
      ],
    }), { slow: true }),
    fault("real Codex hangs, --timeout", () => ({
      answers: [AT_WORK],
      options: ["--timeout", "3s"],
      ladderMs: 3_000 + LADDER_MS,
      outcomes: [{ status: "timed_out", code: 4, reason: /time limit/ }],
    }), { slow: true }),
    fault("real Codex hangs before its turn, --timeout", () => ({
      answers: [RESULT],
      launcher:
        'case "$*" in *generate*|*--help*|*--version*|sandbox*) exec "$codex" "$@";; esac; exec sleep 600',
      options: ["--timeout", "3s"],
      ladderMs: 3_000 + LADDER_MS,
      outcomes: [{ status: "timed_out", code: 4, reason: /time limit/ }],
    }), { slow: true }),
    fault("real Codex prints garbage", () => ({
      answers: [RESULT],
      launcher:
        `case "$*" in *generate*|*--help*|*--version*|sandbox*) ;; *) printf 'garbage\\n{"method":1}\\n[]\\n{"id":9,"result":{}}\\n{"id":"x","method":"no/such","params":{}}\\n\\377\\n';; esac; exec "$codex" "$@"`,
      ladderMs: LADDER_MS,
      outcomes: [DONE],
    })),
    fault("real Codex, a command prints 50 MB", () => ({
      answers: [
        callShell(`head -c ${50 * MEGABYTE} /dev/zero | tr '\\0' x`),
        RESULT,
      ],
      ladderMs: 30_000,
      outcomes: [DONE],
    }), { slow: true, alone: true }),
    {
      name: named("disk full while real Codex is heard"),
      slow: true,
      obstacle: mountObstacle,
      async play(round) {
        await mountWorkspace(round, "2m");
        const { outcome } = await strikeReal(round, transport, {
          answers: [say("x".repeat(3 * MEGABYTE)), RESULT],
          ladderMs: LADDER_MS,
          outcomes: [DONE],
        });
        must(
          String(outcome["warnings"]).includes("events.jsonl is not complete"),
          "The record does not say that events.jsonl is not complete",
        );
      },
    },
  ];
}

/** What can happen around the real Codex, however it is driven. */
export const REAL_CODEX_FAULTS: readonly Fault[] = [
  ...faultsBy("app-server"),
  ...faultsBy("exec"),
];
