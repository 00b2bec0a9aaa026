import { assert, assertEquals, assertThrows } from "@std/assert";
import { taskInput } from "../../src/mcp/task_input.ts";
import { optionsOf } from "../../src/cli/command.ts";
import rerunCommand from "../../src/cli/rerun.ts";
import resumeCommand from "../../src/cli/resume.ts";
import startCommand from "../../src/cli/start.ts";
import { parseBatchFile } from "../../src/task/batch_file.ts";
import {
  chosenChain,
  chosenFields,
  forgottenByAttempt,
  readTaskOptions,
  withKeptChoices,
} from "../../src/task/task_choices.ts";
import {
  type NamedTaskOption,
  spellingsOf,
  TASK_OPTION_ROWS,
} from "../../src/task/task_option_rows.ts";
import type { LaterRun } from "../../src/task/task_option.ts";
import { AgentctlError } from "../../src/system/errors.ts";
import { finishedRecord } from "../run/sample_record.ts";

/** A value that an option takes, other than its default. */
function sampleValue(option: NamedTaskOption): string | true {
  switch (option.kind) {
    case "flag":
      return true;
    case "number":
      return String(option.to);
    case "duration":
      return "7m";
    case "tokens":
      return "3k";
    case "percent":
      return "70%";
    case "choice":
      return option.choices[0] ?? "";
    default:
      return "some";
  }
}

const SPELLINGS = TASK_OPTION_ROWS.flatMap(spellingsOf);

Deno.test("every option of a task is one of start, resume, rerun and a batch, and of no table besides", () => {
  const names = SPELLINGS.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  const keys = TASK_OPTION_ROWS.map(({ key }) => key);
  assertEquals(new Set(keys).size, keys.length);
  for (const command of [startCommand, resumeCommand, rerunCommand]) {
    const options = Object.keys(optionsOf(command));
    assertEquals(options.filter((name) => names.includes(name)), names);
  }
  for (const option of TASK_OPTION_ROWS) {
    const value = sampleValue(option);
    const [task] = parseBatchFile(
      `--- task: a\n${option.name}: ${value}\n---\nx`,
      { source: "x", isRun: () => true },
    );
    assertEquals(task?.options, { [option.name]: value });
  }
});

Deno.test("the tools offer the options that the table lets them, with its words", () => {
  const offered = TASK_OPTION_ROWS.filter(({ tool }) => tool !== null);
  assertEquals(
    Object.keys(taskInput),
    offered.map(({ name }) => name.replaceAll("-", "_")),
  );
  for (const { name, help, tool } of offered) {
    const schema = taskInput[name.replaceAll("-", "_")];
    assertEquals(schema?.parse(undefined), undefined, name);
    assert(help !== "" && tool?.help !== "", name);
  }
});

Deno.test("readTaskOptions() reads every option by its kind, and names the wrong value", () => {
  const given = Object.fromEntries(
    TASK_OPTION_ROWS.map((option) => [option.name, sampleValue(option)]),
  );
  const choices = readTaskOptions(given);
  assertEquals(Object.keys(choices), TASK_OPTION_ROWS.map(({ key }) => key));
  assertEquals(
    [choices.timeoutMs, choices.maxTokens, choices.after, choices.hold],
    [420_000, 3_000, ["some"], true],
  );
  assertEquals(readTaskOptions({ "no-worktree": true }), { worktree: false });
  assertEquals(readTaskOptions({ escalate: "none" }), { escalate: [] });
  assertEquals(readTaskOptions({ json: true, batch: "-" }), {});
  const cases: [Record<string, string | true>, string][] = [
    [
      { worktree: true, "no-worktree": true },
      "Cannot use both --worktree and --no-worktree: give one of them",
    ],
    [
      { retry: "-1" },
      'Cannot use --retry "-1": give a whole number from 0 to 100',
    ],
    [
      { sandbox: "none" },
      'Cannot use --sandbox "none": give one of read-only, workspace-write, danger-full-access',
    ],
  ];
  for (const [values, message] of cases) {
    const error = assertThrows(() => readTaskOptions(values), AgentctlError);
    assertEquals(error.message, message);
  }
});

Deno.test("an option that a record keeps is handed on to those later runs that the table names", () => {
  for (const option of TASK_OPTION_ROWS) {
    if (option.record === undefined) continue;
    const choices = readTaskOptions({ [option.name]: sampleValue(option) });
    const record = {
      ...finishedRecord(),
      ...chosenFields(choices),
      chain: chosenChain(choices),
    };
    for (const by of ["rerun", "resume"] as const) {
      const kept = (chosen: LaterRun) => option.kept?.[chosen] !== undefined;
      const value = withKeptChoices({}, record, by)[option.key];
      assertEquals(
        value,
        kept(by) ? choices[option.key] : undefined,
        `${option.name} by ${by}`,
      );
      const other = withKeptChoices({ profile: "other" }, record, by);
      if (option.kept?.[by] === "same profile") {
        assertEquals(other[option.key], undefined, `${option.name} by ${by}`);
      }
    }
  }
});

Deno.test("what somebody chooses wins over what the earlier run hands on", () => {
  const record = { ...finishedRecord(), timeout_ms: 1_000, ephemeral: true };
  const choices = withKeptChoices(
    { timeoutMs: 2_000, ephemeral: false, title: undefined },
    record,
    "rerun",
  );
  assertEquals(
    [choices.timeoutMs, choices.ephemeral, choices.title, choices.project],
    [2_000, false, record.title, record.cwd],
  );
});

Deno.test("a further attempt waits for nothing and, with another profile, has its model", () => {
  assertEquals(forgottenByAttempt(true), {
    held: false,
    after: [],
    after_any_end: [],
  });
  assertEquals(forgottenByAttempt(false)["model_option"], null);
});
