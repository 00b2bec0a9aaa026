import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { makeStage } from "../support/stage.ts";

/** Words that no report may hold, each in another place. */
const PRIVATE = {
  prompt: "zanzibar",
  odd: "PROMPT-7f3a-MARKER",
  environment: "walrus-of-the-environment",
  token: "ghp_0123456789abcdefghij",
  command: "narwhal-of-the-settings",
  label: "okapi",
  check: "quokka",
};

const FAILING = (word: string) =>
  `Look at ${PRIVATE.prompt} and ${PRIVATE.odd}\nstand-in: {"fail":"The model does not like ${word}: ${PRIVATE.odd}"}\n`;

Deno.test("AGENTCTL_DEBUG and doctor --bundle tell a maintainer what happened, and none of the user's words", async (t) => {
  await using stage = await makeStage();
  const log = join(stage.scratch.dir, "debug.log");
  const report = join(stage.scratch.home, "report.json");
  await stage.agentctl(["init", stage.scratch.home]);
  await Deno.writeTextFile(
    join(stage.workspace, "config.jsonc"),
    JSON.stringify({
      max_parallel: 7,
      on_finish: `true ${PRIVATE.command}`,
      tmux_notify_target: PRIVATE.token,
      allow_unasked: [`folder:${stage.scratch.home}/src`],
    }),
  );
  Object.assign(stage.env, {
    AGENTCTL_DEBUG: log,
    MY_SETTING: PRIVATE.environment,
    MY_FOLDER: join(stage.scratch.dir, PRIVATE.environment),
  });
  const id = await stage.start(
    FAILING(PRIVATE.prompt),
    ...["--label", PRIVATE.label],
    ...["--verify", `test "${PRIVATE.check}" = "$AGENTCTL_DEBUG"`],
  );
  const { record } = await stage.wait(id);
  const { message } = record["failure"] as { message: string };
  assertStringIncludes(message, PRIVATE.odd);

  await t.step(
    "start and supervisor write to the file, for the owner alone",
    async () => {
      const lines = (await Deno.readTextFile(log)).trimEnd().split("\n");
      const of = (command: string, run: string, words: string) =>
        lines.some((line) => {
          const [, , ...rest] = line.split(" ");
          return rest.join(" ").startsWith(`${command} ${run} ${words}`);
        });
      assert(of("start", "-", "begins"), "start");
      assert(of("start", "-", `queue: run ${id} starts in pane`), "the pane");
      assert(of("_supervise", id, "begins"), "the supervisor");
      assert(of("_supervise", id, "ran codex exec ("), "Codex");
      assert(of("wait", "-", "ends with exit code 4 after"), "the exit code");
      assertEquals((await Deno.stat(log)).mode! & 0o777, 0o600);
      // Titles and messages are arguments of tmux.
      const text = lines.join("\n");
      for (const [name, word] of Object.entries(PRIVATE)) {
        assert(!text.includes(word), `the log holds the ${name}`);
      }
    },
  );

  await t.step("a worker and its check know nothing of it", async () => {
    const other = await stage.start(
      'stand-in: {"result":{"goal_met":true,"summary":"","followup_prompt":"","notes":""}}\n',
      ...["--verify", 'test -z "$AGENTCTL_DEBUG"'],
    );
    assertEquals((await stage.wait(other)).record["verified"], true);
  });

  await t.step(
    "1 writes to stderr, but not where a hook's stderr is read by the model",
    async () => {
      const env = { AGENTCTL_DEBUG: "1" };
      const listed = await stage.agentctl(["list", "--json"], { env });
      assertEquals(JSON.parse(listed.stdout).length, 2);
      assertStringIncludes(listed.stderr, " list - begins\n");
      assertStringIncludes(
        listed.stderr,
        " list - ends with exit code 0 after ",
      );
      const stdin = `{"not": JSON`;
      const hook = ["_hook", "pre-tool-use"];
      assertEquals(await stage.agentctl(hook, { env, stdin }), {
        code: 0,
        stdout: "",
        stderr: "",
      });
      await stage.agentctl(hook, { stdin });
      assertStringIncludes(
        await Deno.readTextFile(log),
        "ignored SyntaxError: Unexpected token 'J' (Claude Code continues without the hook)\n",
      );
      for (const off of ["", "0"]) {
        const { stderr } = await stage.agentctl(["--version"], {
          env: { AGENTCTL_DEBUG: off },
        });
        assertEquals(stderr, "");
      }
    },
  );

  await t.step(
    "a file that cannot be used is told once, and stderr is used",
    async () => {
      const link = join(stage.scratch.dir, "link.log");
      const victim = join(stage.scratch.dir, "victim");
      await Deno.symlink(victim, link);
      for (
        const [target, why] of [
          ["debug.log", "it is not an absolute path"],
          [link, `"${link}" is not a file`],
          [stage.scratch.dir, "is not a file"],
          [join(stage.scratch.dir, "none", "x"), "No such file"],
        ] as const
      ) {
        const { code, stdout, stderr } = await stage.agentctl(["--version"], {
          env: { AGENTCTL_DEBUG: target },
        });
        assertEquals(code, 0);
        assertStringIncludes(stdout, "agentctl ");
        const [first = "", ...rest] = stderr.trimEnd().split("\n");
        assertStringIncludes(first, `Cannot write debug lines to "${target}"`);
        assertStringIncludes(first, why);
        assertEquals(rest.map((line) => line.split(" ")[4]), [
          "begins",
          "ends",
        ]);
      }
      await Deno.lstat(victim).then(
        () => assert(false, "it wrote through the link"),
        () => {},
      );
    },
  );

  await t.step(
    "doctor --bundle holds what a report needs, and nothing private",
    async () => {
      const { code, stdout, stderr } = await stage.agentctl(
        ["doctor", "--bundle", "../home/report.json", id],
      );
      assertEquals([code, stdout], [0, ""], stderr);
      assertStringIncludes(stderr, `Wrote "${report}": versions, `);
      assertStringIncludes(stderr, `the record of run ${id}, `);
      assertStringIncludes(stderr, "read it before you send it");
      const text = await Deno.readTextFile(report);
      for (const [name, word] of Object.entries(PRIVATE)) {
        assert(!text.includes(word), `the bundle holds the ${name}`);
      }
      assert(!text.includes(stage.scratch.home), "the bundle holds HOME");
      const { versions, settings, findings, run } = JSON.parse(text);
      assertEquals(
        Object.keys(versions),
        ["agentctl", "codex", "claude", "tmux", "git", "os"],
      );
      assertStringIncludes(versions.tmux, "tmux 3");
      assertEquals(settings, {
        tmux_notify_target: "[secret]",
        on_finish: "(a command, left out)",
        max_parallel: 7,
        allow_unasked: ["folder:~/src"],
      });
      assertEquals(findings[0].check, "tmux");
      const { record, debug_log } = run;
      assertEquals(
        [record.run_id, record.status, record.has_verify],
        [id, "failed", true],
      );
      assertEquals(record.failure.class, "model_error");
      for (const key of ["title", "summary", "notes", "followup_prompt"]) {
        assert(!(key in record), key);
      }
      assert(debug_log.length > 3, "lines of the debug log");
      assert(
        debug_log.every((line: string) => line.includes(` _supervise ${id} `)),
        "of another run",
      );
      assertEquals((await Deno.stat(report)).mode! & 0o777, 0o600);
    },
  );

  await t.step(
    "it takes the newest run, works with settings that cannot be read, and overwrites nothing",
    async () => {
      const again = await stage.agentctl(["doctor", "--bundle", report]);
      assertEquals(again, {
        code: 2,
        stdout: "",
        stderr:
          `Cannot write bundle: "${report}" exists already; name a new file\n`,
      });
      await Deno.remove(report);
      await Deno.symlink(join(stage.scratch.dir, "elsewhere"), report);
      const link = await stage.agentctl(["doctor", "--bundle", report]);
      assertEquals(link.code, 2);
      await Deno.remove(report);
      await Deno.writeTextFile(
        join(stage.workspace, "config.jsonc"),
        `{"tmux_session": ${PRIVATE.token}, "x": "${PRIVATE.command}"}`,
      );
      const { code, stdout } = await stage.agentctl(
        ["doctor", "--bundle", report, "--json"],
      );
      assertEquals([code, JSON.parse(stdout).file], [0, report]);
      const text = await Deno.readTextFile(report);
      const { settings, run } = JSON.parse(text);
      assertStringIncludes(settings.error, 'Cannot read "~/.ai-orch/config');
      assertEquals(run.record.status, "finished");
      assert(!text.includes(PRIVATE.token), "the token of the settings");
    },
  );

  await t.step("a run needs --bundle, and must exist", async () => {
    const lone = await stage.agentctl(["doctor", id]);
    assertEquals(lone.code, 2);
    assertStringIncludes(lone.stderr, "give --bundle FILE too");
    const path = join(stage.scratch.home, "none.json");
    const none = await stage.agentctl(["doctor", "--bundle", path, "nope"]);
    assertEquals(none.code, 3);
    assertEquals(none.stderr.split("\n").length, 2);
  });
});
