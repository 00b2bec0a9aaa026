import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import {
  type ClaudeSession,
  makeClaudeHome,
  startClaude,
} from "../support/claude_home.ts";
import {
  type ClaudeVersion,
  claudeVersions,
  ensureClaude,
  hasClaude,
  NEWEST_CLAUDE,
  OLDEST_CLAUDE,
} from "../support/claude_tools.ts";
import {
  type MessagesScript,
  type MessagesServer,
  startMessagesServer,
} from "../support/messages_server.ts";
import {
  type Answer,
  type ModelServer,
  scriptByPrompt,
  startModelServer,
} from "../support/model_server.ts";
import { type PrivateTmux, startPrivateTmux } from "../support/private_tmux.ts";
import { makeStage, PROGRAM_ARGS, type Stage } from "../support/stage.ts";
import { ensureCodex, ensureTmux } from "../support/tools.ts";

/** Everything is real but the two models: Claude Code, agentctl, tmux, git and Codex. */
export interface World extends AsyncDisposable {
  stage: Stage;
  tmux: PrivateTmux;
  claudeModel: MessagesServer;
  workerModel: ModelServer;
  env: Record<string, string>;
  /** Starts an interactive Claude Code; `options` go to its command line. */
  claude(...options: string[]): Promise<ClaudeSession>;
  /** The command line of Claude Code as this way starts it. */
  argv(...options: string[]): string[];
}

/** A version of Claude Code and a way of starting it as the orchestrator. */
export interface Way {
  version: ClaudeVersion;
  /** Makes what it needs and returns the command line. */
  prepare(world: Pick<World, "stage">): Promise<string[]>;
}

/** The main journey goes by each of these ways. */
const WAYS = {
  async "plain settings"({ stage }: Pick<World, "stage">) {
    const settings = join(stage.scratch.dir, "settings.json");
    const prompt = join(stage.scratch.dir, "orchestrator.md");
    await Deno.writeTextFile(
      settings,
      JSON.stringify({ permissions: { allow: ["Bash(agentctl:*)"] } }),
    );
    const { stdout } = await stage.agentctl(["prompt", "orchestrator"]);
    await Deno.writeTextFile(prompt, stdout);
    return [
      "claude",
      ...["--settings", settings, "--append-system-prompt-file", prompt],
    ];
  },
  /** The hook decides what passes, the prompt is the embedded one, and workers stack beside it. */
  "agentctl orch": () => Promise.resolve(["agentctl", "orch", "--"]),
  /** The same, with tools instead of commands. */
  "agentctl orch --mcp": () =>
    Promise.resolve(["agentctl", "orch", "--mcp", "--"]),
  /** What a session of the user is like: with the skill and its hooks, without the prompt. */
  async "agentctl claude install"({ stage }: Pick<World, "stage">) {
    assertEquals((await stage.agentctl(["claude", "install"])).code, 0);
    return ["claude"];
  },
} satisfies Record<string, Way["prepare"]>;

export type WayName = keyof typeof WAYS;

/** The way of this name, with the newest Claude Code unless told. */
export function wayOf(
  name: WayName,
  version: ClaudeVersion = NEWEST_CLAUDE,
): Way {
  return { version, prepare: WAYS[name] };
}

const hasCodex = await ensureCodex().then(() => true, (error) => {
  Deno.stderr.writeSync(
    new TextEncoder().encode(
      `Journeys with the real Claude Code are skipped: ${error.message}\n`,
    ),
  );
  return false;
});

export async function makeWorld(
  way: Way,
  claudeScript: MessagesScript,
  workers: (prompt: string) => readonly Answer[],
): Promise<World> {
  await ensureTmux();
  await using parts = new AsyncDisposableStack();
  const workerModel = parts.use(
    startModelServer(
      scriptByPrompt((request) => workers(request.prompts[0] ?? "")),
    ),
  );
  const claudeModel = parts.use(startMessagesServer(claudeScript));
  const stage = parts.use(await makeStage({ modelServer: workerModel }));
  const launcher = [Deno.execPath(), ...PROGRAM_ARGS].map((word) =>
    `'${word}'`
  );
  await Deno.writeTextFile(
    join(stage.scratch.bin, "agentctl"),
    `#!/bin/sh\nexec ${launcher.join(" ")} "$@"\n`,
    { mode: 0o755 },
  );
  const env: Record<string, string> = {
    ...stage.env,
    ...await makeClaudeHome(stage.scratch.home, {
      folders: [stage.scratch.dir, stage.repository.dir],
      baseUrl: claudeModel.url,
    }),
    PATH: `${await ensureClaude(way.version)}:${stage.env["PATH"]}`,
  };
  const tmux = parts.use(
    await startPrivateTmux({
      dir: stage.scratch.dir,
      // The orchestrator keeps half of it.
      width: 260,
      height: 60,
      env,
    }),
  );
  const prefix = await way.prepare({ stage });
  const all = parts.move();
  return {
    stage,
    tmux,
    claudeModel,
    workerModel,
    env,
    argv: (...options) => [...prefix, ...options],
    claude: (...options) =>
      startClaude({
        tmux,
        env,
        folder: stage.repository.dir,
        argv: [...prefix, ...options],
      }),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/**
 * A journey by some of the ways of starting Claude Code, with the newest
 * version, and by those of `oldest` with the oldest too.
 */
export function journey(
  name: string,
  ways: readonly WayName[],
  fn: (way: Way) => Promise<void>,
  { oldest = [] }: { oldest?: readonly WayName[] } = {},
): void {
  for (const way of ways) {
    const also = oldest.includes(way) ? [OLDEST_CLAUDE] : [];
    for (const version of claudeVersions(...also)) {
      Deno.test({
        name: `real Claude Code ${version} by ${way}: ${name}`,
        ignore: !hasCodex || !hasClaude(version),
        fn: () => fn(wayOf(way, version)),
      });
    }
  }
}
