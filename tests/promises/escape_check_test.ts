import { assertEquals } from "@std/assert";
import { exists } from "@std/fs";
import { join } from "@std/path";
import { makeAttackStage } from "./attack_stage.ts";

/** The worker changes what its own check calls. */
function editedCheck(script: string) {
  return [{
    name: "edited",
    script: `printf '%s\\n' '${script}' 'exit 0' > check.sh`,
  }];
}

const WRITE = 'echo attack > "$HOME/.ai-orch/owned"';
const SETTINGS =
  'mkdir -p "$HOME/.claude" && echo attack > "$HOME/.claude/settings.json"';
const RUN_BY_TMUX =
  'for s in "$HOME"/../tmux/*/default; do tmux -S "$s" set-environment -g owned yes && touch owned; done';

const CASES: [name: string, script: string, trace: (home: string) => string][] =
  [
    ["agentctl's state", WRITE, (home) => join(home, ".ai-orch/owned")],
    [
      "Claude Code's settings",
      SETTINGS,
      (home) => join(home, ".claude/settings.json"),
    ],
    ["tmux", RUN_BY_TMUX, (home) => join(home, "../repository/owned")],
  ];

for (const [name, script, trace] of CASES) {
  Deno.test(`a check that its worker has edited does not reach ${name}, unless it is taken out of its confinement`, async () => {
    await using attacked = await makeAttackStage();
    const { stage, attack } = attacked;
    const path = trace(stage.scratch.home);
    const words = ["--verify", "sh check.sh"];
    const held = await attack(editedCheck(script), { words });
    assertEquals(held.record["verify_confined"], true);
    assertEquals(await exists(path), false);
    const control = await attack(editedCheck(script), {
      words: [...words, "--verify-unconfined"],
    });
    assertEquals(control.record["verify_confined"], false);
    assertEquals(await exists(path), true);
  });
}

Deno.test("a check that its confinement keeps from its work is neither passed nor failed, and one that fails has failed", async () => {
  await using attacked = await makeAttackStage();
  const outcome = async (command: string) => {
    const { record } = await attacked.attack([], {
      words: ["--verify", command, "--escalate", "deep"],
    });
    const failure = record["failure"] as { class: string } | null;
    return [record["verified"], record["goal_met"], failure?.class ?? null];
  };
  assertEquals(
    await outcome("echo x > /usr/of-a-check"),
    [null, null, "check_confined"],
  );
  assertEquals(
    await outcome("echo Read-only file system; exit 1"),
    [false, false, null],
  );
});

Deno.test("with a Codex that cannot confine a check, it runs, and the record says so", async () => {
  await using attacked = await makeAttackStage({ unguarded: true });
  const { record } = await attacked.attack([], {
    words: ["--verify", "test -f greeting.txt"],
  });
  assertEquals(
    [record["verify_confined"], record["verified"]],
    [false, true],
  );
});
