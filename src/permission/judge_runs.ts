import { resolve } from "@std/path";
import { parseBatchFile } from "../task/batch_file.ts";
import type { FleetContext } from "../workspace/context.ts";
import {
  isInside,
  type Reason,
  reasonsToAsk,
  type Session,
  shown,
} from "./reasons_to_ask.ts";
import {
  lookUpInEitherForm,
  type RunTerms,
  settleTerms,
  termsOfRun,
} from "../task/run_terms.ts";
import { readTaskOptions, withKeptChoices } from "../task/task_choices.ts";
import {
  spellingsOf,
  TASK_OPTION_ROWS,
  type TaskChoices,
} from "../task/task_option_rows.ts";
import { parseRunId, type RunId } from "../run/id.ts";
import type { RunRecord } from "../run/record.ts";
import { accountHold, ceilingOf } from "../queue/account_hold.ts";
import { readRecord } from "../run/store.ts";
import { MAX_BYTES, readTextBounded } from "../files/bounded_read.ts";
import { AgentctlError } from "../system/errors.ts";
import { realPathSoFar } from "../system/real_path.ts";
import type { GivenValue } from "../text/option_value.ts";
import { locateWorkspace, openWorkspace } from "../workspace/workspace.ts";
import { type CallSite, placeOf } from "./call_site.ts";
import { type ReadCall, valueOf } from "./read_call.ts";
import { ignore, instead } from "../system/ignore.ts";

/** Why the user has to be asked about the workspace of a call, and about the runs that it starts or controls. */
export async function reasonsOfRuns(
  call: ReadCall,
  site: CallSite,
): Promise<Reason[]> {
  const caller = { cwd: placeOf(site), env: site.env };
  const named = valueOf(call, "workspace");
  const reasons = named === undefined && site.moved == null
    ? []
    : await reasonsOfWorkspace(named, site);
  const { makes, steers, answers } = call.rule;
  if (!makes && !steers && !answers) return reasons;
  const found = await refusedOr(async () => {
    const workspace = await openWorkspace(caller, named ?? site.workspace);
    const context = { workspace, caller };
    if (makes) return await reasonsOfMaking(context, call, site);
    if (steers) return await reasonsOfSteering(context, call, site);
    const { reasonsOfAnswering } = await import("./judge_answer.ts");
    return await reasonsOfAnswering(
      context,
      call,
      (record) => reasonsOfWords(context, record, site),
    );
  });
  return [...reasons, ...found ?? []];
}

/** Settings of a workspace other than the session's could give a worker anything. */
async function reasonsOfWorkspace(
  named: string | undefined,
  site: CallSite,
): Promise<Reason[]> {
  const { cwd, env, workspace } = site;
  const locate = (cwd: string, option?: string) =>
    refusedOr(async () => (await locateWorkspace({ cwd, env }, option)).root);
  const place = placeOf(site);
  const [root, own] = await Promise.all([
    locate(place, named ?? workspace),
    locate(cwd, workspace),
  ]);
  if (root !== undefined && own !== undefined) {
    const isOwn = await realPathSoFar(root) === await realPathSoFar(own);
    if (isOwn) return [];
  }
  const which = root ?? resolve(place, named ?? ".");
  return [{
    kind: "workspace",
    which,
    words: `it acts in another workspace, ${shown(which)}`,
  }];
}

async function reasonsOfMaking(
  context: FleetContext,
  call: ReadCall,
  site: CallSite,
): Promise<Reason[]> {
  const choices = readTaskOptions(givenOptions(call));
  if (call.rule.makes === "start") {
    const tasks = await tasksOf(call, choices, site);
    if (tasks === null) {
      return [{ kind: "unclear", words: "its batch cannot be read" }];
    }
    const lists = await Promise.all(
      tasks.map((task) => reasonsOfTask(context, task, undefined, site)),
    );
    return lists.flat();
  }
  const by = call.rule.makes === "rerun" ? "rerun" : "resume";
  const parent = valueOf(call, "parent-run-id") ?? call.args[0];
  const names = by === "rerun"
    ? call.args
    : parent === undefined
    ? []
    : [parent];
  const reasons: Reason[] = [];
  for (const name of names) {
    // For a run that does not exist yet, what the call asks for still counts.
    const ids = await refusedOr(() => idsOf(context, name)) ?? [];
    const records = await refusedOr(() => readAll(context, ids, by));
    if (records === undefined) {
      reasons.push({ kind: "unclear", words: "a run that it names is gone" });
      continue;
    }
    for (const record of records.length > 0 ? records : [undefined]) {
      reasons.push(
        ...await reasonsOfTask(
          context,
          record ? withKeptChoices(choices, record, by) : choices,
          by === "resume" ? record : undefined,
          site,
        ),
      );
    }
  }
  return reasons;
}

/** The runs that a word names, whatever of them the command can do something with. */
async function idsOf(context: FleetContext, name: string): Promise<RunId[]> {
  const { resolveTargets } = await import("../fleet/resolve_targets.ts");
  return await resolveTargets(context, [name], { scope: "any" });
}

/** Their records. Throws if one of them cannot be read. */
async function readAll(
  { workspace }: FleetContext,
  ids: readonly RunId[],
  by?: "resume" | "rerun",
): Promise<RunRecord[]> {
  const read = (id: string) => readRecord(workspace, parseRunId(id));
  const records = await Promise.all(ids.map(read));
  if (by !== "rerun") return records;
  // Of several, the first attempts are repeated.
  const firsts = records.filter(({ run_id, root_run_id }) =>
    run_id !== root_run_id
  );
  return [
    ...records,
    ...await Promise.all(firsts.map(({ root_run_id }) => read(root_run_id))),
  ];
}

async function reasonsOfSteering(
  context: FleetContext,
  { name: command, args, rule }: ReadCall,
  site: CallSite,
): Promise<Reason[]> {
  const names = rule.steers === "first" ? args.slice(0, 1) : args;
  const reasons: Reason[] = [];
  for (const name of names) {
    for (const record of await readAll(context, await idsOf(context, name))) {
      reasons.push(...await reasonsOfWords(context, record, site));
      if (command === "release") {
        reasons.push(...await reasonsOfReleasing(context, record));
      }
    }
  }
  return reasons;
}

/** A run that waits for its account would use up what the user wanted to keep. */
async function reasonsOfReleasing(
  { workspace }: FleetContext,
  record: RunRecord,
): Promise<Reason[]> {
  // A run that is held as well is only let into the queue.
  if (record.status !== "queued" || record.held) return [];
  const hold = await accountHold(workspace, record, Date.now());
  return hold === null ? [] : [{
    kind: "account",
    words:
      `the worker would use more of your account than --max-account or account_ceiling allows (${
        ceilingOf(workspace, record)
      }%)`,
  }];
}

/** Words for a worker can make it do anything that it may do. */
async function reasonsOfWords(
  context: FleetContext,
  record: RunRecord,
  site: CallSite,
): Promise<Reason[]> {
  return await reasonsToAsk(
    await termsOfRun(context, record),
    withChecks(context, site),
  );
}

/** The session, which can ask what the Codex of the context can confine. */
function withChecks(context: FleetContext, session: CallSite): Session {
  return {
    ...session,
    confinesChecks: async () => {
      // Loaded only here: it is rare and needs a lot of code, and the hook is loaded at every call.
      const { confinesChecks } = await import("../fleet/task.ts");
      return await confinesChecks(context).catch(
        instead(false, "what cannot be asked counts as unconfined"),
      );
    },
  };
}

async function reasonsOfTask(
  context: FleetContext,
  choices: TaskChoices,
  parent: RunRecord | undefined,
  session: CallSite,
): Promise<Reason[]> {
  const terms = await refusedOr((): Promise<RunTerms> =>
    settleTerms(context, choices, parent, lookUpInEitherForm(session.env))
  );
  if (terms !== undefined) {
    return await reasonsToAsk(terms, withChecks(context, session));
  }
  // A folder that does not exist now may exist in a moment.
  const { project } = choices;
  if (project === undefined) return [];
  const path = resolve(placeOf(session), project);
  if (await isInside(path, session.folder)) return [];
  return [{
    kind: "folder",
    which: path,
    words: `the worker would work in ${
      shown(path)
    }, outside the session's folder`,
  }];
}

/** The choices of each task that `start` makes; `null` for a batch that cannot be read. */
async function tasksOf(
  call: ReadCall,
  forAll: TaskChoices,
  site: CallSite,
): Promise<TaskChoices[] | null> {
  const file = valueOf(call, "batch");
  if (file === undefined) return [forAll];
  try {
    const text = file === "-"
      ? call.heredoc ?? ""
      : await readTextBounded(resolve(placeOf(site), file), {
        maxBytes: MAX_BYTES.prompt,
        followLink: true,
      });
    const tasks = parseBatchFile(text, {
      source: "the batch",
      isRun: () => true,
    });
    return tasks.map(({ options }) => ({
      ...forAll,
      ...readTaskOptions(options, (name) => name),
    }));
  } catch (error) {
    ignore(error, "what cannot be read is judged as unknown");
    return null;
  }
}

/** The options of a task as on the command line: unless an option is a list, its last value counts. */
function givenOptions({ options }: ReadCall): Record<string, GivenValue> {
  const given: Record<string, GivenValue> = {};
  for (const option of TASK_OPTION_ROWS) {
    for (const { name } of spellingsOf(option)) {
      const values = options.get(name);
      const last = values?.at(-1);
      if (option.kind === "list" && values) given[name] = values.map(String);
      else if (last !== undefined) given[name] = last;
    }
  }
  return given;
}

/** `undefined` for a call that agentctl itself refuses, because it starts nothing. */
async function refusedOr<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const isRefusal = error instanceof AgentctlError &&
      ["usage", "not_found"].includes(error.code);
    if (!isRefusal) throw error;
    return undefined;
  }
}
