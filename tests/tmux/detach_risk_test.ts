import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";
import { until } from "../support/until.ts";

Deno.test("start and doctor say that workers end when the user detaches, and leave the user's server and session as they are", async () => {
  await using stage = await makeStage();
  const settings = join(stage.scratch.dir, "tmux.conf");
  await Deno.writeTextFile(settings, "set -s exit-unattached on\n");
  // A client in control mode stays attached without a terminal.
  await using user = await attachedClient(stage, settings);
  const start = (title: string) =>
    stage.agentctl(["start"], {
      stdin: steps(title, resultStep(true, "done")),
      env: user.env,
    });
  const doctor = async () => {
    const { stdout } = await stage.agentctl(["doctor", "--json"], {
      env: user.env,
    });
    const findings: Record<string, string>[] = JSON.parse(stdout);
    return findings.filter(({ check, state }) =>
      check === "tmux.detach" && state === "warning"
    ).map(({ message, remedy }) => `${message} → ${remedy}`);
  };

  const told = await start("server");
  assertEquals(told.code, 0, told.stderr);
  assertStringIncludes(told.stderr, "exit-unattached");
  const { record } = await stage.wait(told.stdout.trim());
  assertStringIncludes(String(record["warnings"]), "exit-unattached");
  assertStringIncludes(String(await doctor()), "exit-unattached off");
  assertEquals(
    await user.tmux("show-option", "-s", "-v", "exit-unattached"),
    "on",
  );

  await user.tmux("set-option", "-s", "exit-unattached", "off");
  await user.tmux("set-option", "destroy-unattached", "on");
  assertStringIncludes((await start("session")).stderr, "destroy-unattached");
  assertStringIncludes(String(await doctor()), "destroy-unattached off");
  assertEquals(
    await user.tmux("show-option", "-v", "destroy-unattached"),
    "on",
  );

  await user.tmux("set-option", "destroy-unattached", "off");
  assertEquals((await start("none")).stderr, "");
  assertEquals(await doctor(), []);
});

/** A user's tmux with a client in session `mine`. */
interface AttachedClient extends AsyncDisposable {
  /** TMUX and TMUX_PANE of a program in its pane. */
  env: Record<string, string>;
  tmux(...args: string[]): Promise<string>;
}

async function attachedClient(
  stage: Stage,
  settings: string,
): Promise<AttachedClient> {
  const socket = join(stage.scratch.dir, "mine");
  const client = new Deno.Command("tmux", {
    args: ["-S", socket, "-f", settings, "-C", "new-session", "-s", "mine"],
    env: stage.env,
    clearEnv: true,
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const run = (...args: string[]) => tmux(stage, "-S", socket, ...args);
  await until("the user's client is attached", async (see) => {
    const clients = run("list-clients", "-F", "#{session_name}");
    return see(await clients.catch(() => "")) === "mine";
  });
  return {
    env: { TMUX: `${socket},0,0`, TMUX_PANE: "%0" },
    tmux: run,
    async [Symbol.asyncDispose]() {
      await run("kill-server");
      await client.stdin.close().catch(() => {});
      await client.status;
    },
  };
}

async function tmux(stage: Stage, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("tmux", {
    args,
    env: stage.env,
    clearEnv: true,
  }).output();
  const decoder = new TextDecoder();
  assert(success, decoder.decode(stderr));
  return decoder.decode(stdout).trimEnd();
}
