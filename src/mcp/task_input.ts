import * as z from "zod/mini";
import { readTaskOptions } from "../task/task_choices.ts";
import {
  type NamedTaskOption,
  TASK_OPTION_ROWS,
  type TaskChoices,
} from "../task/task_option_rows.ts";
import type { GivenValue } from "../text/option_value.ts";

/** The task itself. */
export const promptInput = z.string().check(z.describe(
  "the whole task: goal, files, acceptance criteria, the command that checks them. The worker sees nothing but this and its folder",
));

/** The options of a task that the tools offer, by the names of their arguments. */
const OFFERED = new Map(
  TASK_OPTION_ROWS.filter(({ tool }) => tool !== null).map((option) => [
    argumentName(option.name),
    option,
  ]),
);

type TaskInput = Record<string, z.ZodMiniType<GivenValue | undefined>>;

/** The arguments for the options of a task. */
export const taskInput: TaskInput = Object.fromEntries(
  [...OFFERED].map(([name, option]) => [
    name,
    z.optional(
      schemaOf(option).check(z.describe(option.tool?.help ?? option.help)),
    ),
  ]),
);

/** The same without explanations, which a model pays for in every conversation: for a tool that refers to another. */
export const briefTaskInput: TaskInput = Object.fromEntries(
  [...OFFERED].map(([name, option]) => [name, z.optional(schemaOf(option))]),
);

function schemaOf(option: NamedTaskOption): z.ZodMiniType<GivenValue> {
  switch (option.kind) {
    case "flag":
      return z.boolean();
    case "number":
      return z.int().check(z.minimum(option.from), z.maximum(option.to));
    case "tokens":
      return z.int().check(z.minimum(1));
    case "percent":
      return z.int().check(z.minimum(1), z.maximum(100));
    case "choice":
      return z.enum(option.tool?.choices ?? option.choices);
    case "list":
      return z.array(z.string());
    default:
      return z.string().check(z.minLength(1));
  }
}

/** The options that the arguments of a tool set; other arguments are ignored. Throws `usage` errors for values that an option does not take. */
export function taskChoices(args: Record<string, unknown>): TaskChoices {
  const given: Record<string, GivenValue | undefined> = {};
  for (const [name, option] of OFFERED) {
    given[option.name] = taskInput[name]?.parse(args[name]);
  }
  return readTaskOptions(given, argumentName);
}

/** Names of options have dashes, those of arguments underscores. */
function argumentName(option: string): string {
  return option.replaceAll("-", "_");
}

/** What `start` and `resume` answer. */
export const StartedRun = z.object({
  run_id: z.string(),
  title: z.string(),
  status: z.string(),
  project: z.nullable(z.string()),
  cwd: z.string(),
  profile: z.nullable(z.string()),
  sandbox: z.string(),
  parent_run_id: z.nullable(z.string()),
  pane_id: z.nullable(
    z.string().check(z.describe("the tmux pane in which the user sees it")),
  ),
  waiting: z.optional(
    z.string().check(z.describe(
      "why it is queued; it starts automatically unless it is held",
    )),
  ),
  warnings: z.optional(z.array(z.string())),
  next: z.string(),
});
