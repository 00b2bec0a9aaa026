import { didYouMean } from "../text/suggestion.ts";
import { isAbsolute, join, resolve } from "@std/path";
import * as z from "zod/mini";
import { MAX_BYTES, readTextIfThere } from "../files/bounded_read.ts";
import {
  environmentError,
  messageOf,
  notFoundError,
  usageError,
} from "../system/errors.ts";
import { once } from "../system/once.ts";
import { PLAIN_WORD } from "../text/plain_word.ts";
import { writeJsonAtomic } from "../files/atomic_file.ts";
import { exists, isFolder, realPathAt } from "../files/exists.ts";
import { acquireLock } from "../files/lock.ts";
import { RESERVED_NAMES } from "./reserved_names.ts";
import { ensureState, type Workspace, workspacePaths } from "./workspace.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** Absolute, and without anything that could pass for more than a path wherever it is shown. */
const FOLDER = /^\/\P{Cc}*$/u;

/** Checked on reading too, because names and folders appear in the prompt of the orchestrator. */
const projectsFileSchema = once(() => {
  const text = (form: RegExp) => z.string().check(z.regex(form));
  const orNull = <T extends z.ZodMiniType>(type: T) =>
    z._default(z.nullable(type), null);
  const command = orNull(text(/^[^\0]*$/));
  // `null` counts as a choice that was not made, too.
  const choice = z.pipe(
    z.nullish(z.boolean()),
    z.transform((is) => is ?? false),
  );
  const project = z.object({
    path: text(FOLDER),
    /** Where the path led when it was registered; older lists do not say. */
    real_path: orNull(text(FOLDER)),
    default_profile: orNull(text(PLAIN_WORD)),
    /** A shell command that decides, after the worker has ended, whether the goal is met. */
    verify: command,
    /** Whether its check runs as the user, not in the worker's confinement. */
    verify_unconfined: choice,
    /** Whether its runs get git worktrees of their own. */
    worktree: choice,
    /** A shell command that prepares a new worktree. */
    setup: command,
  });
  return z.object({
    schema: z.literal(1),
    projects: z.record(z.string().check(z.regex(NAME)), project),
  });
});

/** A project as it is stored, with its name. */
type RegisteredProject =
  & z.infer<ReturnType<typeof projectsFileSchema>>["projects"][string]
  & { name: string };

/** A registered name for a folder. */
export type Project = Omit<RegisteredProject, "real_path">;

/** Reads the registered projects, by name. Throws an `environment` error that names the file if it does not parse. */
export async function readProjects(workspace: Workspace): Promise<Project[]> {
  return (await readRegistered(workspace)).map(withoutRealPath);
}

function withoutRealPath({ real_path: _, ...project }: RegisteredProject) {
  return project;
}

async function readRegistered(
  workspace: Workspace,
): Promise<RegisteredProject[]> {
  const path = workspacePaths.projects(workspace);
  const text = await readTextIfThere(path, { maxBytes: MAX_BYTES.settings });
  if (text === null) return [];
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw environmentError(
      `Cannot read "${path}": ${messageOf(error)}; correct or remove the file`,
      error,
    );
  }
  const result = projectsFileSchema().safeParse(value);
  if (!result.success) {
    throw environmentError(
      `Cannot read "${path}": ${
        wrongPlace(result.error.issues[0]?.path ?? [])
      }; correct or remove the file`,
    );
  }
  return Object.entries(result.data.projects)
    .map(([name, project]) => ({ name, ...project }))
    .sort((a, b) => a.name < b.name ? -1 : 1);
}

/** What is wrong with a list of projects, in words. */
function wrongPlace([, name, key]: PropertyKey[]): string {
  if (name === undefined) return "it is not a list of projects";
  const project = `project ${JSON.stringify(name)}`;
  return key === undefined
    ? `${project} has an invalid name or form`
    : `"${String(key)}" of ${project} is wrong`;
}

/**
 * Registers a project, or changes it. Returns whether it already existed.
 * Throws a `usage` error for a name or folder that cannot be used.
 */
export async function addProject(
  workspace: Workspace,
  project: Project,
): Promise<boolean> {
  if (!NAME.test(project.name)) {
    throw usageError(
      `Cannot add project "${project.name}": a name is 1 to 64 letters, digits, dots, - and _, and begins with a letter or digit`,
    );
  }
  if (RESERVED_NAMES.includes(project.name)) {
    throw usageError(
      `Cannot add project "${project.name}": "@${project.name}" names runs of any project; give it another name`,
    );
  }
  if (!FOLDER.test(project.path)) {
    throw usageError(
      `Cannot add project "${project.name}": the path of folder ${
        JSON.stringify(project.path)
      } has control characters; rename the folder`,
    );
  }
  let info: Deno.FileInfo;
  let real_path: string;
  try {
    info = await Deno.stat(project.path);
    real_path = await Deno.realPath(project.path);
  } catch (error) {
    throw notFoundError(
      `Cannot add project "${project.name}": folder "${project.path}" cannot be read (${
        messageOf(error)
      })`,
    );
  }
  if (!info.isDirectory) {
    throw usageError(
      `Cannot add project "${project.name}": "${project.path}" is not a folder`,
    );
  }
  return await changeProjects(workspace, (projects) => {
    const existed = projects.has(project.name);
    projects.set(project.name, { ...project, real_path });
    return existed;
  });
}

/** Removes a project from the list; its folder and runs stay. Throws `not_found` if it is not registered. */
export async function removeProject(
  workspace: Workspace,
  name: string,
): Promise<void> {
  await changeProjects(workspace, (projects) => {
    if (!projects.delete(name)) {
      throw unknownProject("remove project", name, [...projects.keys()]);
    }
  });
}

/** Gives every project the folder that `relocate` returns; does nothing if there are no projects. */
export async function relocateProjects(
  workspace: Workspace,
  relocate: (path: string) => string,
): Promise<void> {
  if ((await readProjects(workspace)).length === 0) return;
  await changeProjects(workspace, (projects) => {
    for (const [name, project] of projects) {
      projects.set(name, { ...project, path: relocate(project.path) });
    }
  });
}

/** What `--project` named: a registered project or a folder. */
export type ResolvedProject = Omit<Project, "name"> & { name: string | null };

/** What is settled for a folder that is not registered: nothing. */
export const UNREGISTERED = {
  name: null,
  default_profile: null,
  verify: null,
  verify_unconfined: false,
  worktree: false,
  setup: null,
};

/**
 * Finds the folder of `--project`: a registered name, or else a path (anything
 * with a slash, `.` or `~`), or else the current folder. A current folder that
 * belongs to a registered project gets its name. Links in the returned path are
 * resolved. Throws `not_found` if there is no such folder, and an `environment`
 * error if a registered one now leads elsewhere: a worker may have replaced it
 * with a link, and the name means the folder that was registered.
 */
export async function resolveProject(
  workspace: Workspace,
  option: string | undefined,
  cwd: string,
): Promise<ResolvedProject> {
  const projects = await readRegistered(workspace);
  const named = projects.find((project) => project.name === option);
  if (named) {
    const { name, path, real_path } = named;
    const real = await realFolder(path);
    if (real === null) {
      throw notFoundError(
        `Cannot start run: folder "${path}" of project "${name}" does not exist; correct it with "agentctl add-project ${name} <path>"`,
      );
    }
    if (real_path !== null && real !== real_path) {
      throw environmentError(
        `Cannot start run: folder "${path}" of project "${name}" now leads to "${real}", and led to "${real_path}" when it was registered; if that is right, register it again with "agentctl add-project ${name} <path>"`,
      );
    }
    return { ...withoutRealPath(named), path: real };
  }
  const looksLikePath = option === undefined || option.includes("/") ||
    option === "." ||
    option === ".." || isAbsolute(option);
  const path = resolve(cwd, option ?? ".");
  const real = await realFolder(path);
  if (real !== null) {
    for (const project of projects) {
      const folder = project.real_path ?? await realFolder(project.path);
      if (folder === real) return { ...withoutRealPath(project), path: real };
    }
    return { ...UNREGISTERED, path: real };
  }
  if (looksLikePath) {
    throw notFoundError(`Cannot start run: folder "${path}" does not exist`);
  }
  const older = await olderProjectsRemark(workspace);
  throw older === null
    ? unknownProject(
      "start run",
      option,
      projects.map((project) => project.name),
    )
    : notFoundError(
      `Cannot start run: project "${option}" is not registered; ${older}`,
    );
}

/**
 * What to do about a list of projects that an earlier agentctl kept beside the
 * settings, where workers can write, and that is not obeyed. `null` if there is
 * none, or if there is a list in the state.
 */
export async function olderProjectsRemark(
  workspace: Workspace,
): Promise<string | null> {
  const { root, state } = workspace;
  if (root === state) return null;
  const older = join(root, "projects.json");
  if (!await exists(older)) return null;
  if (await exists(workspacePaths.projects(workspace))) return null;
  return `"${older}" is ignored because workers can write it: "agentctl trust --import" shows what it holds and takes it over`;
}

function unknownProject(action: string, name: string, known: string[]): Error {
  const register = `register it with "agentctl add-project ${name} <path>"`;
  const remedy = didYouMean(name, known, register);
  return notFoundError(
    `Cannot ${action}: project "${name}" is not registered; ${remedy}`,
  );
}

async function changeProjects<T>(
  workspace: Workspace,
  change: (projects: Map<string, RegisteredProject>) => T,
): Promise<T> {
  await ensureState(workspace);
  const path = workspacePaths.projects(workspace);
  using _lock = await acquireLock(join(workspace.state, "projects.lock"));
  const projects = new Map(
    (await readRegistered(workspace)).map((project) => [project.name, project]),
  );
  const result = change(projects);
  const entries = [...projects.values()].map(({ name, ...settings }) => [
    name,
    settings,
  ]);
  await writeJsonAtomic(path, {
    schema: 1,
    projects: Object.fromEntries(entries),
  });
  return result;
}

/** The path of a folder with links resolved; `null` if it does not exist. */
async function realFolder(path: string): Promise<string | null> {
  const real = await realPathAt(path);
  return real !== null && await isFolder(real) ? real : null;
}
