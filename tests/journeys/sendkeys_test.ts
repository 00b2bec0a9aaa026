import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { parseRunId } from "../../src/run/id.ts";
import { wakeLine } from "../../src/wake/wake_line.ts";
import { isLocked } from "../../src/files/lock.ts";
import {
  type ClaudeSession,
  makeClaudeHome,
  startClaude,
} from "../support/claude_home.ts";
import {
  claudeTest,
  type ClaudeVersion,
  ensureClaude,
} from "../support/claude_tools.ts";
import {
  callBash,
  type MessagesScript,
  type MessagesServer,
  sayText,
  startMessagesServer,
  when,
} from "../support/messages_server.ts";
import { type PrivateTmux, startPrivateTmux } from "../support/private_tmux.ts";
import { makeStage, resultStep, type Stage, steps } from "../support/stage.ts";
import { ensureTmux } from "../support/tools.ts";
import { until } from "../support/until.ts";

/** The real Claude Code in a pane, and runs of the stand-in that end when they are told to. */
interface World extends AsyncDisposable {
  stage: Stage;
  tmux: PrivateTmux;
  model: MessagesServer;
  claude: ClaudeSession;
  /** Starts a run that ends when {@linkcode end} is called. */
  start(title: string): Promise<string>;
  /** Lets all runs end. */
  end(): Promise<void>;
  /** Resolves when the pane of Claude has been looked at so often from now on. */
  looks(count: number): Promise<void>;
  /** Resolves when nobody is to be told any more. */
  untilTold(): Promise<void>;
}

async function makeWorld(
  version: ClaudeVersion,
  script: MessagesScript,
  config: Record<string, unknown> = { tmux_sendkeys_target: "orchestrator" },
): Promise<World> {
  await ensureTmux();
  await using parts = new AsyncDisposableStack();
  const model = parts.use(startMessagesServer(script));
  const stage = parts.use(await makeStage());
  const { scratch } = stage;
  const looked = join(scratch.dir, "looked");
  await Deno.writeTextFile(looked, "");
  await wrapTmux(stage, looked);
  const env: Record<string, string> = {
    ...stage.env,
    ...await makeClaudeHome(scratch.home, {
      folders: [scratch.dir, stage.repository.dir],
      baseUrl: model.url,
    }),
    PATH: `${await ensureClaude(version)}:${stage.env["PATH"]}`,
  };
  await Deno.mkdir(stage.workspace, { mode: 0o700 });
  await Deno.writeTextFile(
    join(stage.workspace, "config.jsonc"),
    JSON.stringify(config),
  );
  const tmux = parts.use(
    await startPrivateTmux({ dir: scratch.dir, width: 120, height: 50, env }),
  );
  const claude = await startClaude({
    tmux,
    env,
    folder: stage.repository.dir,
    argv: ["claude"],
  });
  const gate = join(scratch.dir, "gate");
  const all = parts.move();
  return {
    stage,
    tmux,
    model,
    claude,
    async start(title) {
      const { code, stdout, stderr } = await stage.agentctl(
        ["start", "--title", title],
        {
          env: {
            ...tmux.environment(),
            AGENTCTL_NOTIFY_TARGET: claude.paneId,
          },
          stdin: steps(
            "Wait",
            { wait_for_file: gate },
            resultStep(true, "! rm -rf it\n/clear"),
          ),
        },
      );
      assertEquals(code, 0, stderr);
      return stdout.trim();
    },
    end: () => Deno.writeTextFile(gate, ""),
    async looks(count) {
      const before = (await Deno.readTextFile(looked)).length;
      await until(
        `somebody reads the screen ${count} times`,
        async (see) =>
          see((await Deno.readTextFile(looked)).length - before) >= count,
        { watch: looked },
      );
    },
    async untilTold() {
      await until("every wake request is served", async (see) => {
        const left = see(await requests(stage));
        return left.ids.length === 0 && left.lock !== null &&
          !await isLocked(left.lock);
      });
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** A tmux that notes, by a character, each time when somebody reads what a pane shows. */
async function wrapTmux({ scratch }: Stage, looked: string): Promise<void> {
  const path = join(scratch.bin, "tmux");
  const real = await Deno.realPath(path).catch(() => "/usr/bin/tmux");
  await Deno.remove(path).catch(() => {});
  await Deno.writeTextFile(
    path,
    `#!/bin/sh
case "$*" in *capture-pan*) printf x >> '${looked}' ;; esac
exec '${real}' "$@"
`,
    { mode: 0o755 },
  );
}

async function requests(
  stage: Stage,
): Promise<{ ids: string[]; lock: string | null }> {
  const folder = join(stage.workspace, "wake");
  const ids: string[] = [];
  let lock: string | null = null;
  try {
    for await (const pane of Deno.readDir(folder)) {
      for await (const { name } of Deno.readDir(join(folder, pane.name))) {
        if (name === ".lock") lock = join(folder, pane.name, name);
        else ids.push(name);
      }
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return { ids, lock };
}

/** What came to the model as sentences of the user. */
function sentences(model: MessagesServer): string[] {
  return model.requests.flatMap(({ news }) => news.sentences);
}

const LINE =
  /^agentctl: runs have ended: ([\w, -]+); read their results with "agentctl inbox"$/;

/** The runs that a sentence names; it must be one of our lines, whole and nothing else. */
function named(sentence: string): string[] {
  const [, ids = ""] = LINE.exec(sentence) ?? [];
  assert(ids !== "", sentence);
  return ids.split(", ");
}

const heard = when("runs have ended", sayText("I have heard of it."));

claudeTest(
  "tmux_sendkeys_target wakes an idle Claude by one line",
  async (version) => {
    await using world = await makeWorld(version, [heard]);
    const id = await world.start("!touch evil\n/clear");
    await world.end();
    await world.claude.waitForText("● I have heard of it.");
    assertEquals(sentences(world.model).map(named), [[id]]);
    await world.untilTold();
    assertEquals(world.model.scriptErrors, []);
  },
);

claudeTest(
  "tmux_sendkeys_target does not answer an open permission dialog",
  async (version) => {
    await using world = await makeWorld(version, [
      when("Ask me", callBash("touch evil"), sayText("Never said.")),
      heard,
    ]);
    const { claude, tmux, stage } = world;
    const id = await world.start("Work");
    await claude.type("Ask me");
    await claude.waitForText("Do you want to proceed?");
    await claude.untilStatus("waiting");
    await world.end();
    await world.looks(2);
    assertStringIncludes(
      await tmux.capture(claude.paneId),
      "Do you want to proceed?",
    );
    await tmux.run("send-keys", "-t", claude.paneId, "Escape");
    await claude.waitForText("● I have heard of it.");
    assertEquals(named(sentences(world.model).at(-1) ?? ""), [id]);
    const files = await Array.fromAsync(
      Deno.readDir(stage.repository.dir),
      ({ name }) => name,
    );
    assert(!files.includes("evil"), "The dialog was approved");
  },
);

claudeTest(
  "tmux_sendkeys_target leaves what the user is typing alone",
  async (version) => {
    await using world = await makeWorld(version, [
      heard,
      when(/./, sayText("I have read it.")),
    ]);
    const { claude, tmux } = world;
    const keys = (...words: string[]) =>
      tmux.run("send-keys", "-t", claude.paneId, ...words);
    const id = await world.start("Work");
    await keys("-l", "half a sent");
    await claude.waitForText("half a sent");
    await world.end();
    await world.looks(2);
    await keys("-l", "ence");
    await claude.waitForText("half a sentence");
    await keys("Enter");
    await claude.waitForText("● I have heard of it.");
    const [first, ...rest] = sentences(world.model);
    assertEquals(first, "half a sentence");
    assertEquals(rest.map(named), [[id]]);
  },
);

claudeTest(
  "tmux_sendkeys_target types into no mode, search, shell line or menu",
  async (version) => {
    await using world = await makeWorld(version, [
      heard,
      when(/./, sayText("I have read it.")),
    ]);
    const { claude, tmux } = world;
    const keys = (...words: string[]) =>
      tmux.run("send-keys", "-t", claude.paneId, ...words);
    await claude.type("Hello");
    await claude.waitForText("● I have read it.");
    await claude.untilStatus("free");
    await world.end();
    // The status of the session is idle in each of these.
    const places: [open: string[], shown: string, leave: string][] = [
      [["!"], "! for shell mode", "BSpace"],
      [["C-r"], "search prompts:", "Escape"],
      [["C-o"], "Showing detailed transcript", "C-o"],
      [["Escape", "Escape"], "Restore the code and/or conversation", "Escape"],
    ];
    const tellsAfter = async (
      shown: string,
      leave: () => Promise<unknown>,
    ) => {
      const count = sentences(world.model).length;
      const id = await world.start("Work");
      await world.looks(2);
      assertEquals(sentences(world.model).length, count);
      const screen = await tmux.capture(claude.paneId);
      assertStringIncludes(screen, shown);
      assert(!screen.includes(id), screen);
      await leave();
      await world.model.waitForRequest(({ news }) =>
        news.sentences.some((sentence) =>
          LINE.test(sentence) && named(sentence).includes(id)
        )
      );
      // Until it is answered, Escape would give the line back.
      await claude.waitForText(
        new RegExp(`${id}[^]*● I have heard of it\\.`),
      );
      await claude.untilStatus("free");
    };
    for (const [open, shown, leave] of places) {
      for (const key of open) await keys(key);
      await claude.waitForText(shown);
      await tellsAfter(shown, () => keys(leave));
    }
    await tmux.run("copy-mode", "-t", claude.paneId);
    await tellsAfter("", () => keys("-X", "cancel"));
  },
);

claudeTest(
  "tmux_sendkeys_target ends a line that was left without its Enter",
  async (version) => {
    await using world = await makeWorld(version, [heard]);
    const { claude, tmux } = world;
    const id = parseRunId(await world.start("Work"));
    // As a process leaves it that is killed in between.
    await tmux.run("set-buffer", "-b", "line", "--", wakeLine([id]));
    await tmux.run(
      ...["paste-buffer", "-p", "-r", "-d", "-b", "line", "-t", claude.paneId],
    );
    await claude.waitForText(id);
    await world.end();
    await claude.waitForText("● I have heard of it.");
    await world.untilTold();
    assertEquals(sentences(world.model).map(named), [[id]]);
  },
);

claudeTest(
  "tmux_sendkeys_target tells of ten runs that end at once, none merged",
  async (version) => {
    await using world = await makeWorld(version, [heard]);
    const ids: string[] = [];
    for (let index = 0; index < 10; index++) {
      ids.push(await world.start(`Task ${index}`));
    }
    await world.end();
    for (const id of ids) {
      await world.model.waitForRequest(({ news }) =>
        news.sentences.some((sentence) => sentence.includes(id))
      );
    }
    await world.untilTold();
    const all = sentences(world.model).flatMap(named);
    assertEquals(all.sort(), ids.sort());
    assertEquals(world.model.scriptErrors, []);
  },
);

claudeTest(
  "tmux_sendkeys_target says nothing of a run whose result somebody sees",
  async (version) => {
    await using world = await makeWorld(version, [heard]);
    const { stage } = world;
    const id = await world.start("Awaited");
    await using waiting = stage.spawn(["wait", id]);
    const prompt = stage.runFile(id, "prompt.md");
    await until("the wait holds the prompt", () => isHeldShared(prompt));
    await world.end();
    assertEquals((await waiting.output()).code, 0);
    await world.untilTold();
    assertEquals(sentences(world.model), []);
  },
);

async function isHeldShared(path: string): Promise<boolean> {
  using file = await Deno.open(path, { read: true, write: true });
  return !await file.tryLock(true);
}
