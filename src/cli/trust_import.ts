import { importOlder } from "../fleet/import_older.ts";
import {
  groupOlder,
  type OlderLayout,
  surveyOlderLayout,
} from "../fleet/older_layout.ts";
import { RUN_ID_VARIABLE } from "../run/environment.ts";
import { olderRunsFolder } from "../run/older_runs.ts";
import { environmentError, EXIT_CODES } from "../system/errors.ts";
import { firstThree, plural } from "../text/wording.ts";
import { showExactly } from "../text/show_exactly.ts";
import type { Project } from "../workspace/projects.ts";
import { askPerson } from "./ask_person.ts";
import type { CommonCall } from "./command.ts";

/**
 * `agentctl trust --import`: shows what an earlier agentctl left where workers
 * can write, asks, and takes over ended runs and projects.
 */
export async function importOlderLayout(
  { options, fleet, print, say }: CommonCall,
  unasked: boolean,
): Promise<number> {
  const context = await fleet();
  const { workspace, caller } = context;
  if (caller.env[RUN_ID_VARIABLE]) {
    throw environmentError(
      `Cannot take over runs: this is run "${
        caller.env[RUN_ID_VARIABLE]
      }"; approve them yourself, outside any run`,
    );
  }
  const layout = await surveyOlderLayout(workspace);
  const count = layout.ended.length + layout.projects.length;
  for (const line of await describe(layout, workspace.root)) {
    say(line);
  }
  if (count === 0) {
    say(
      olderRunsFolder(workspace) === null
        ? `Nothing to take over: workspace "${workspace.root}" belongs to the home folder`
        : `Nothing to take over in "${workspace.root}"`,
    );
  } else if (
    !unasked && !askPerson(
      "Are these yours, and should agentctl take them over?",
      "Cannot take this over: there is no terminal to ask on; add --yes once you know that it is yours",
    )
  ) {
    say("Nothing was taken over");
    return EXIT_CODES.goal_not_met;
  }
  const done = count === 0
    ? { runs: [], projects: [], leftOut: [] }
    : await importOlder(context, layout);
  if (options.json) {
    print(JSON.stringify({
      runs: done.runs,
      projects: done.projects,
      live: layout.live,
      unreadable: layout.unreadable.map(({ id }) => id),
      left_out: done.leftOut,
    }));
  }
  for (const line of done.leftOut) say(`Left out: ${showExactly(line)}`);
  if (count > 0) {
    say(
      `Took over ${plural(done.runs.length, "run")} and ${
        plural(done.projects.length, "project")
      }; the originals stay in "${workspace.root}", where you may remove them`,
    );
  }
  return EXIT_CODES.ok;
}

async function describe(
  layout: OlderLayout,
  root: string,
): Promise<string[]> {
  const { ended, live, unreadable, projects, projectsError } = layout;
  if (
    ended.length + live.length + unreadable.length + projects.length === 0 &&
    projectsError === null
  ) return [];
  return [
    `In "${showExactly(root)}", where workers can write:`,
    ...ended.length === 0 ? [] : [`  ${plural(ended.length, "ended run")}:`],
    ...(await groupOlder(ended)).map(({ folder, branch, profile, runs }) =>
      `    ${showExactly(folder)}: ${plural(runs, "run")}${
        branch === null ? "" : `, branch ${showExactly(branch)}`
      }${profile === null ? "" : `, profile ${showExactly(profile)}`}`
    ),
    ...projects.length === 0
      ? []
      : [`  ${plural(projects.length, "project")}:`],
    ...projects.map((project) => `    ${describeProject(project)}`),
    ...live.length === 0 ? [] : [
      `  ${
        plural(live.length, "run")
      } not ended yet, left alone: those that are running end in their panes as before; start those that wait again`,
    ],
    ...unreadable.length === 0 ? [] : [
      `  ${plural(unreadable.length, "record")} unreadable, left alone: ${
        firstThree(
          unreadable.map(({ id, error }) => `${id} (${showExactly(error)})`),
        )
      }`,
    ],
    ...projectsError === null ? [] : [`  ${showExactly(projectsError)}`],
  ];
}

function describeProject(
  { name, path, default_profile, worktree, ...commands }: Project,
): string {
  const { verify, verify_unconfined, setup } = commands;
  return showExactly(
    `${name}: ${path}` +
      (default_profile === null ? "" : `, profile ${default_profile}`) +
      (verify === null
        ? ""
        : `, check${verify_unconfined ? " (not confined)" : ""}: ${verify}`) +
      (worktree ? ", worktrees" : "") +
      (setup === null ? "" : `, set-up: ${setup}`),
  );
}
