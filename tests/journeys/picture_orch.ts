// Makes the pictures of `agentctl orch` in docs/images/: a real screen, but for
// the two models, in the middle of the work and at its end. Needs chromium, pngquant and, for its
// signs, fonts-dejavu and fonts-freefont-ttf.
//
//   deno run -A tests/journeys/picture_orch.ts

import { fromFileUrl, join } from "@std/path";
import { startClaude } from "../support/claude_home.ts";
import { screenPage } from "../support/draw_screen.ts";
import { makeGitRepository } from "../support/git_repository.ts";
import {
  callBash,
  sayText,
  together,
  when,
} from "../support/messages_server.ts";
import {
  type Answer,
  applyPatch,
  callShell,
  delayUntil,
  say,
  think,
} from "../support/model_server.ts";
import { startPrivateTmux } from "../support/private_tmux.ts";
import {
  goal,
  lastLine,
  lastRecord,
  makeGates,
  showRun,
  startCommand,
  waitForStarted,
} from "./claude_answers.ts";
import { makeWorld, wayOf } from "./claude_world.ts";

const IMAGES = fromFileUrl(new URL("../../docs/images/", import.meta.url));
const COLUMNS = 176;
const ROWS = 57;

/** The user's projects, one for each task: so the diff of each run is its own. */
const PROJECTS = {
  shop: {
    "src/price.js":
      "export const total = (items) =>\n  items.reduce((sum, { price }) => sum + price, 0);\n",
  },
  blog: {
    "src/slug.js":
      'export const slug = (title) => title.toLowerCase().replace(" ", "-");\n',
  },
  api: {
    "src/cache.js":
      "const sessions = new Map();\nexport const remember = (id, data) => sessions.set(id, data);\n",
  },
};

const TASKS = [
  {
    title: "Round totals",
    project: "shop",
    prompt:
      "Round total() in src/price.js to whole cents, half up.\nDone when: node --test passes, with a new test for 2.675.",
  },
  {
    title: "Mend slugs",
    project: "blog",
    prompt:
      "slug() in src/slug.js replaces the first space only. Handle every title.\nDone when: node --test passes, with a test for accents.",
  },
  {
    title: "Find the leak",
    project: "api",
    prompt:
      "src/cache.js grows without end. Find out why and mend it.\nDone when: a test shows that memory stays level.",
  },
];

const gates = makeGates("price", "slug", "leak", "deep");

const patch = (file: string, change: string) =>
  `*** Begin Patch\n*** ${file}\n${change}\n*** End Patch\n`;

const WORKERS: Record<string, Answer[]> = {
  "Round totals": [
    think("**Reading the price code**"),
    say("total() adds floats. I look at the code first."),
    callShell("cat src/price.js"),
    applyPatch(patch(
      "Add File: src/price.test.js",
      '+import { test } from "node:test";\n+import assert from "node:assert";\n+import { total } from "./price.js";\n+test("total() rounds half up", () => assert.equal(total([{ price: 2.675 }]), 2.68));',
    )),
    applyPatch(patch(
      "Update File: src/price.js",
      "@@\n-  items.reduce((sum, { price }) => sum + price, 0);\n+  Math.round(items.reduce((sum, { price }) => sum + price, 0) * 1000 / 10) / 100;",
    )),
    delayUntil(
      gates.price.promise,
      callShell("node --test src/price.test.js | tail -n 8 | head -n 3"),
    ),
    goal(
      true,
      "total() rounds to whole cents, half up; node --test passes with a new test for 2.675.",
    ),
  ],
  "Mend slugs": [
    say("It replaces the first space only. I will rewrite it, with tests."),
    callShell("cat src/slug.js"),
    applyPatch(patch(
      "Add File: src/slug.test.js",
      '+import { test } from "node:test";\n+import assert from "node:assert";\n+import { slug } from "./slug.js";\n+test("slug() takes accents off", () => assert.equal(slug("Crème brûlée"), "creme-brulee"));',
    )),
    applyPatch(patch(
      "Update File: src/slug.js",
      '@@\n-export const slug = (title) => title.toLowerCase().replace(" ", "-");\n+export const slug = (title) =>\n+  title.normalize("NFD").replace(/\\p{M}/gu, "").toLowerCase().replace(/\\W+/g, "-");',
    )),
    callShell("node --test src/slug.test.js | tail -n 8 | head -n 3"),
    delayUntil(
      gates.slug.promise,
      goal(
        true,
        "slug() handles every title; node --test passes with a test for accents.",
      ),
    ),
  ],
  "Find the leak": [
    say("Nothing ever deletes from the map."),
    callShell("grep -rn sessions src"),
    think("**Who calls remember()?** Nothing in this repository does."),
    delayUntil(
      gates.leak.promise,
      goal(
        false,
        "The map in cache.js is never emptied, but what may be dropped is not clear from here.",
        "Give the map in src/cache.js a limit and an age. Test that it stays level.",
      ),
    ),
    say("I give the map a limit of 1000 sessions, oldest first."),
    applyPatch(patch(
      "Update File: src/cache.js",
      "@@\n-export const remember = (id, data) => sessions.set(id, data);\n+export const remember = (id, data) => {\n+  sessions.set(id, data);\n+  if (sessions.size > 1000) sessions.delete(sessions.keys().next().value);\n+};",
    )),
    delayUntil(
      gates.deep.promise,
      goal(
        true,
        "The cache keeps 1000 sessions and drops the oldest one first.",
      ),
    ),
  ],
};

const taskOf = (prompt = "") =>
  TASKS.find((task) => task.prompt === prompt.trimEnd());
const wake = (title: string, words: string) =>
  when(`"Wait for ${title}"`, showRun(title), sayText(words));

await using world = await makeWorld(
  wayOf("agentctl orch"),
  [
    when(
      "Round the totals",
      together(
        sayText(
          "Three independent tasks; the leak is the hard one, but spark may find it quickly.",
        ),
        ...TASKS.map(({ title, project, prompt }) =>
          callBash(
            startCommand(title, prompt)
              .replace("--profile", `--project ${project} --profile`),
            { description: `Start ${title}` },
          )
        ),
      ),
      waitForStarted,
      sayText("Three workers are at work on the right. I report as they end."),
    ),
    when(
      "How does slug",
      sayText(
        'It replaces the first space only, so that "Blue suede shoes" becomes "blue-suede shoes". A worker is just mending that.',
      ),
    ),
    wake(
      "Round totals",
      "✓ Round totals (spark): 2 files changed, node --test passes with a test for 2.675.",
    ),
    wake(
      "Mend slugs",
      "✓ Mend slugs (spark): every space, accents too; 2 files changed, tests pass.",
    ),
    when(
      '"Wait for Find the leak"',
      showRun("Find the leak"),
      (request) =>
        together(
          sayText(
            "✗ Find the leak (spark): the map is never emptied, but it does not know what may go. I let deep go on in its thread.",
          ),
          callBash(
            `agentctl resume --parent-run-id ${
              lastRecord(request)["run_id"]
            } --profile deep`,
            { description: "Resume on deep" },
          ),
        ),
      ({ news }) =>
        callBash(`agentctl wait ${lastLine(news.toolResults[0]?.text)}`, {
          background: true,
          description: "Wait for deep",
        }),
      sayText("deep is at work."),
    ),
    when(
      '"Wait for deep"',
      ({ toolResults }) => {
        const resumed = toolResults.find(({ call }) =>
          String(call?.input["command"]).startsWith("agentctl resume")
        );
        return callBash(`agentctl show ${lastLine(resumed?.text)}`, {
          description: "Show the result of deep",
        });
      },
      sayText(
        "✓ Find the leak (deep): a limit of 1000 sessions, oldest out first.\n\nAll three are done: totals are rounded to cents, slugs handle every title, the cache stays level. All tests pass; nothing is committed. Open: whether 1000 sessions is the right limit.",
      ),
    ),
  ],
  (prompt) => WORKERS[taskOf(prompt)?.title ?? ""] ?? [],
);
const { stage, tmux, workerModel } = world;

const folder = join(stage.scratch.home, "src");
for (const [project, files] of Object.entries(PROJECTS)) {
  await makeGitRepository(join(folder, project), {
    "package.json": '{ "type": "module" }\n',
    ...files,
  });
  await stage.agentctl(["add-project", project, join(folder, project)]);
}
for (
  const [name, value] of [
    ["focus-events", "on"],
    ["status-style", "bg=#303030,fg=#c8ccd4"],
    ["status-right", ""],
    ["status-left", "[ai] "],
    ["pane-active-border-style", "fg=#61afef"],
    ["pane-border-style", "fg=#7f848e"],
  ] as const
) await tmux.run("set-option", "-g", name, value);

// A terminal in which the user looks at the session: tmux in a tmux.
await using terminal = await startPrivateTmux({
  dir: join(stage.scratch.dir, "terminal"),
  width: COLUMNS,
  height: ROWS,
  env: world.env,
});
await terminal.run("set-option", "-g", "status", "off");
const paneId = terminal.environment()["TMUX_PANE"] ?? "";
await terminal.run(
  "resize-window",
  "-t",
  paneId,
  "-x",
  `${COLUMNS}`,
  "-y",
  `${ROWS}`,
);
await terminal.run(
  ...["respawn-pane", "-k", "-t", paneId, "--"],
  ...["env", "-u", "TMUX", "tmux", "-S", tmux.socket, "attach", "-t", "main"],
);
await terminal.waitForText(paneId, "[ai]");

const claude = await startClaude({
  tmux,
  // The title of the pane stays that of agentctl.
  env: { ...world.env, CLAUDE_CODE_DISABLE_TERMINAL_TITLE: "1" },
  folder,
  argv: world.argv(),
});
await tmux.run("select-window", "-t", claude.paneId);
await tmux.run("kill-window", "-t", "main:0");
await tmux.run("rename-window", "-t", claude.paneId, "orchestrator");

await claude.type(
  "Round the totals in shop to cents, mend slug() in blog, and find out why api eats memory",
);
await claude.waitForText("Three workers are at work");
await claude.untilStatus("free");
for (
  const [title, count] of [["Round totals", 6], ["Mend slugs", 6], [
    "Find the leak",
    4,
  ]] as const
) {
  await workerModel.waitForRequest(() =>
    workerModel.requests.filter(({ prompts }) =>
      taskOf(prompts[0])?.title === title
    ).length >= count
  );
}
await claude.type("How does slug() fail at the moment?");
await claude.waitForText("It replaces the first space only");
await claude.untilStatus("free");
gates.price.resolve();
await claude.waitForText("✓ Round totals");
await claude.untilStatus("free");
await takePicture("orch-working.png");

gates.slug.resolve();
await claude.waitForText("✓ Mend slugs");
gates.leak.resolve();
await claude.waitForText("deep is at work");
gates.deep.resolve();
await claude.waitForText("All three are done");
await claude.untilStatus("free");
await takePicture("orch-done.png");
const [scriptError] = [
  ...world.claudeModel.scriptErrors,
  ...workerModel.scriptErrors,
];
if (scriptError) throw scriptError;

async function takePicture(name: string): Promise<void> {
  // What draws is a moment behind what tells.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const captured = await terminal.run(
    ...["capture-pane", "-e", "-N", "-p", "-t", paneId],
  );
  // A sign of the permission mode that the fonts do not have.
  const page = screenPage(captured.replaceAll("⏵", "▶"), COLUMNS);
  const html = join(stage.scratch.dir, "screen.html");
  const png = join(IMAGES, name);
  await Deno.writeTextFile(html, page.html);
  await runProgram(
    ...["chromium", "--headless", "--no-sandbox", "--hide-scrollbars"],
    "--force-device-scale-factor=1.5",
    `--window-size=${page.width},${page.height}`,
    ...[`--screenshot=${png}`, `file://${html}`],
  );
  await runProgram("pngquant", "--force", "--output", png, "64", png);
}

async function runProgram(program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, {
    args,
    stdin: "null",
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
