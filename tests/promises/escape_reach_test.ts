import { assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, join } from "@std/path";
import { type AttackStage, makeAttackStage } from "./attack_stage.ts";

interface Start {
  name: string;
  /** What makes the home folder's own places reachable; the words of the call. */
  make(stage: AttackStage["stage"]): Promise<{
    words?: string[];
    cwd?: string;
    env?: Record<string, string>;
    /** The place that is named; that of agentctl unless told. */
    place?: string;
  }>;
}

const homeOf = ({ env }: AttackStage["stage"]) => env["HOME"] ?? "";

async function writeProfile(
  { env }: AttackStage["stage"],
  text: string,
): Promise<string[]> {
  await Deno.writeTextFile(
    join(env["CODEX_HOME"] ?? "", "mine.config.toml"),
    text,
  );
  return ["--profile", "mine"];
}

const REFUSED: Start[] = [
  {
    name: "a run in the home folder",
    make: (stage) => Promise.resolve({ cwd: homeOf(stage) }),
  },
  {
    name: "--project of it",
    make: (stage) => Promise.resolve({ words: ["--project", homeOf(stage)] }),
  },
  {
    name: "the root of everything",
    make: () => Promise.resolve({ words: ["--project", "/"] }),
  },
  {
    name: "a link to it",
    make: async (stage) => {
      const link = join(stage.scratch.dir, "link");
      await Deno.symlink(homeOf(stage), link);
      return { words: ["--project", link] };
    },
  },
  {
    name: "the workspace itself",
    make: async (stage) => {
      const inside = join(homeOf(stage), ".ai-orch", "approved");
      await Deno.mkdir(inside, { recursive: true });
      return { words: ["--project", inside] };
    },
  },
  {
    name: "the folder of Claude Code, which is not there yet",
    make: async (stage) => {
      const place = join(homeOf(stage), "claude");
      const skills = join(place, "skills");
      await Deno.mkdir(skills, { recursive: true });
      return {
        words: ["--project", skills],
        env: { CLAUDE_CONFIG_DIR: place },
        place,
      };
    },
  },
  {
    name: "a writable root of the profile",
    make: async (stage) => ({
      words: await writeProfile(
        stage,
        '[sandbox_workspace_write]\nwritable_roots = ["/nowhere", "~"]\n',
      ),
    }),
  },
  {
    name: "a home folder below /tmp",
    make: (stage) =>
      Promise.resolve({
        env: { HOME: stage.scratch.home },
        place: stage.workspace,
      }),
  },
  {
    name: "CODEX_HOME below /tmp",
    make: (stage) => {
      const place = join(stage.scratch.dir, "codex");
      return Promise.resolve({ env: { CODEX_HOME: place }, place });
    },
  },
  {
    name: "a home folder below TMPDIR",
    make: (stage) =>
      Promise.resolve({ env: { TMPDIR: dirname(homeOf(stage)) } }),
  },
  {
    name: "a run with a worktree, with a writable root",
    make: async (stage) => ({
      words: [
        "--worktree",
        ...await writeProfile(
          stage,
          `[sandbox_workspace_write]\nwritable_roots = ["${homeOf(stage)}"]\n`,
        ),
      ],
    }),
  },
];

const PASSING: Start[] = [
  {
    name: "a run in a project",
    make: () => Promise.resolve({}),
  },
  {
    name: "a run with a worktree",
    make: () => Promise.resolve({ words: ["--worktree"] }),
  },
  {
    name: "reading in the home folder",
    make: (stage) =>
      Promise.resolve({
        words: ["--project", homeOf(stage), "--sandbox", "read-only"],
      }),
  },
];

Deno.test("a worker that could write what agentctl, Codex and Claude Code act on is not started without a guard", async () => {
  await using attacked = await makeAttackStage({ unguarded: true });
  const { stage } = attacked;
  for (const { name, make } of REFUSED) {
    const { words = [], place, ...call } = await make(stage);
    const { code, stderr } = await stage.agentctl(["start", ...words], {
      ...call,
      stdin: "Work",
    });
    assertEquals(code, 5, `${name}: ${stderr}`);
    assertStringIncludes(
      stderr,
      `Cannot start run: its worker could write "${
        place ?? join(homeOf(stage), ".ai-orch")
      }"`,
      name,
    );
  }
  for (const { name, make } of PASSING) {
    const { words = [], ...call } = await make(stage);
    const { code, stderr } = await stage.agentctl(
      ["start", "--hold", ...words],
      { ...call, stdin: "Work" },
    );
    assertEquals(code, 0, `${name}: ${stderr}`);
  }
});

Deno.test("under a guard a run in the home folder starts, and writes nothing of that", async () => {
  await using attacked = await makeAttackStage();
  const { stage, attack } = attacked;
  const { record, through } = await attack([
    { name: "workspace", script: "echo attack > ~/.ai-orch/planted" },
    {
      name: "approval",
      script: "mkdir -p ~/.ai-orch/approved && echo > ~/.ai-orch/approved/x",
    },
    { name: "settings", script: "echo attack > ~/.claude/settings.json" },
    { name: "profile", script: 'echo > "$CODEX_HOME/planted.config.toml"' },
    { name: "own", script: "echo work > ~/work" },
  ], { words: ["--project", stage.scratch.home] });
  assertEquals(through, ["own"], JSON.stringify(record, null, 2));
});
