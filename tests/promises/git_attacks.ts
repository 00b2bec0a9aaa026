import { join } from "@std/path";
import type { Ground } from "./git_ground.ts";

/** One way of making git run a program of a worker's. */
export interface Attack {
  name: string;
  /** What is there before the worker. */
  before?(ground: Ground): Promise<void>;
  /** What the worker leaves. */
  plant(ground: Ground): Promise<void>;
  /** Where agentctl is used next, from the folder of the run. */
  next: string;
  /** What shows that the attack works: plain git, there unless it is named. */
  control(ground: Ground): Promise<unknown>;
  /** The oldest git for which it works. */
  since?: [number, number];
}

const FILTER = "* filter=evil\n";

/** `[filter "evil"]` with one command. */
const filter = (evil: string, key = "clean") =>
  `[filter "evil"]\n\t${key} = ${quote(evil)}\n`;

const quote = (value: string) => `"${value.replace(/["\\]/g, "\\$&")}"`;

const CORE = "[core]\n\trepositoryformatversion = 0\n\tbare = false\n";

/** The files of a git folder that git takes for one, with this configuration. */
function gitFolder(path: string, config: string): Record<string, string> {
  return {
    [join(path, "HEAD")]: "ref: refs/heads/main\n",
    [join(path, "objects/x")]: "",
    [join(path, "refs/x")]: "",
    [join(path, "config")]: CORE + config,
  };
}

const add = (cwd: string) => ({ git, folder }: Ground) =>
  git(["add", "--all", "."], join(folder, cwd));

/** A repository of the user's, committed, with what the attack needs. */
async function repository(
  { git, folder, write }: Ground,
  path: string,
  files: Record<string, string> = {},
): Promise<void> {
  await Deno.mkdir(join(folder, path), { recursive: true });
  const there = (args: string[]) => git(args, join(folder, path));
  await there(["init", "--quiet", "--initial-branch=main"]);
  await write(Object.fromEntries(
    Object.entries({ "a": "1\n", ...files }).map((
      [name, text],
    ) => [join(path, name), text]),
  ));
  await there(["add", "--all"]);
  await there(["commit", "--quiet", "--message", "first"]);
}

const config =
  (cwd: string, ...settings: [string, string][]) =>
  async ({ git, folder }: Ground) => {
    for (const [name, value] of settings) {
      await git(["config", name, value], join(folder, cwd));
    }
  };

export const ATTACKS: Attack[] = [
  {
    name: "the folder becomes a git folder itself",
    plant: ({ write, evil }) =>
      write({
        ...gitFolder(".", `\tworktree = .\n${filter(evil)}`),
        ".gitattributes": FILTER,
      }),
    next: ".",
    control: ({ git, folder }) =>
      // As git before 2.38, and still by default, takes it.
      git(["-c", "safe.bareRepository=all", "add", "."], folder),
  },
  {
    name: "a subfolder becomes a repository",
    plant: ({ write, evil }) =>
      write({
        ...gitFolder("sub/.git", filter(evil)),
        "sub/.gitattributes": FILTER,
      }),
    next: "sub",
    control: add("sub"),
  },
  {
    name: "a .git file leads to a git folder elsewhere",
    plant: ({ write, evil, folder }) =>
      write({
        ...gitFolder(
          "hidden",
          `\tworktree = ${quote(join(folder, "sub"))}\n${filter(evil)}`,
        ),
        "sub/.git": "gitdir: ../hidden\n",
        "sub/.gitattributes": FILTER,
      }),
    next: "sub",
    control: add("sub"),
  },
  {
    name: "a .git that is a link",
    async plant({ write, evil, folder }) {
      await write({
        ...gitFolder("hidden", filter(evil)),
        "sub/.gitattributes": FILTER,
      });
      await Deno.symlink("../hidden", join(folder, "sub/.git"));
    },
    next: "sub",
    control: add("sub"),
  },
  {
    name: "a common folder elsewhere",
    plant: ({ write, evil }) =>
      write({
        ...gitFolder("sub/.git", ""),
        ...gitFolder("shared", filter(evil)),
        "sub/.git/commondir": "../../shared\n",
        "sub/.gitattributes": FILTER,
      }),
    next: "sub",
    control: add("sub"),
  },
  {
    name: "a configuration per worktree",
    plant: ({ write, evil }) =>
      write({
        ...gitFolder("sub/.git", "[extensions]\n\tworktreeConfig = true\n"),
        "sub/.git/config.worktree": filter(evil),
        "sub/.gitattributes": FILTER,
      }),
    next: "sub",
    control: add("sub"),
  },
  {
    name: "an included configuration",
    plant: ({ write, evil }) =>
      write({
        ...gitFolder("sub/.git", "[include]\n\tpath = ../more\n"),
        "sub/more": filter(evil),
        "sub/.gitattributes": FILTER,
      }),
    next: "sub",
    control: add("sub"),
  },
  {
    name: "a configuration that is included on a condition",
    plant: ({ write, evil }) =>
      write({
        ...gitFolder(
          "sub/.git",
          '[includeIf "onbranch:main"]\n\tpath = ../more\n',
        ),
        "sub/more": filter(evil),
        "sub/.gitattributes": FILTER,
      }),
    next: "sub",
    control: add("sub"),
  },
  {
    name: "a filter that runs on, by a name that no option can hold",
    plant: ({ write, evil }) =>
      write({
        ...gitFolder(
          "sub/.git",
          `[filter "a=b"]\n\tprocess = ${quote(evil)}\n\trequired\n`,
        ),
        "sub/.gitattributes": "* filter=a=b\n",
      }),
    next: "sub",
    control: add("sub"),
  },
  {
    name: "the repository of a project below the run's folder",
    before: (ground) => repository(ground, "project"),
    plant: async ({ write, evil, folder }) => {
      const file = join(folder, "project/.git/config");
      await Deno.writeTextFile(file, filter(evil), { append: true });
      await write({ "project/.gitattributes": FILTER });
    },
    next: "project",
    control: add("project"),
  },
  {
    name: "a file of the work tree that the user's configuration includes",
    before: async (ground) => {
      await repository(ground, ".", { ".gitconfig": "" });
      await config(".", ["include.path", "../.gitconfig"])(ground);
    },
    plant: ({ write, evil }) =>
      write({ ".gitconfig": filter(evil), ".gitattributes": FILTER }),
    next: ".",
    control: add("."),
  },
  {
    name: "a file that did not exist yet when it was included",
    before: async (ground) => {
      await repository(ground, ".");
      await config(".", ["include.path", "../late"])(ground);
    },
    plant: ({ write, evil }) =>
      write({ "late": filter(evil), ".gitattributes": FILTER }),
    next: ".",
    control: add("."),
  },
  {
    name: "a script of the work tree that is the user's filter",
    before: async (ground) => {
      await repository(ground, ".", { "tools/clean": "cat\n" });
      await config(".", ["filter.own.clean", "sh ./tools/clean"])(ground);
    },
    plant: ({ write, evil }) =>
      write({ "tools/clean": evil, ".gitattributes": "* filter=own\n" }),
    next: ".",
    control: add("."),
  },
  {
    name: "a program of the work tree that the user's own filter runs",
    before: async (ground) => {
      await repository(ground, ".");
      const program = join(ground.folder, ".venv/bin/strip");
      await ground.git(["config", "--global", "filter.own.clean", program]);
    },
    plant: async ({ write, evil, folder }) => {
      await write({
        ".venv/bin/strip": `#!/bin/sh\n${evil}\n`,
        ".gitattributes": "* filter=own\n",
      });
      await Deno.chmod(join(folder, ".venv/bin/strip"), 0o755);
    },
    next: ".",
    control: add("."),
  },
  {
    name: "a monitor of files",
    plant: ({ write, evil }) =>
      write({
        ...gitFolder("sub/.git", `[core]\n\tfsmonitor = ${quote(evil)}\n`),
        "sub/a": "",
      }),
    next: "sub",
    async control(ground) {
      await add("sub")(ground);
      await ground.git(["status"], join(ground.folder, "sub"));
    },
  },
  {
    name: "a hook in the git folder",
    before: (ground) => repository(ground, "project"),
    async plant({ write, evil, folder }) {
      const hooks = "project/.git/hooks";
      const names = ["post-index-change", "post-checkout", "pre-commit"];
      for (const name of [...names, "reference-transaction"]) {
        await write({ [`${hooks}/${name}`]: `#!/bin/sh\n${evil}\n` });
        await Deno.chmod(join(folder, hooks, name), 0o755);
      }
    },
    next: "project",
    control: ({ git, folder }) =>
      git(["commit", "--allow-empty", "-m", "x"], join(folder, "project")),
  },
  {
    name: "a hook in the configuration",
    before: (ground) => repository(ground, "project"),
    plant: (ground) =>
      config(
        "project",
        ["hook.evil.command", ground.evil],
        ["hook.evil.event", "post-index-change"],
      )(ground),
    next: "project",
    async control(ground) {
      await ground.write({ "project/b": "2\n" });
      await add("project")(ground);
    },
    since: [2, 54],
  },
  {
    name: "a smudge filter for new worktrees",
    before: (ground) =>
      repository(ground, "project", { ".gitattributes": FILTER }),
    plant: (ground) =>
      config("project", ["filter.evil.smudge", ground.evil])(ground),
    next: "project",
    control: ({ git, folder, base }) =>
      git(["worktree", "add", join(base, "w")], join(folder, "project")),
  },
  {
    name: "a merge driver",
    before: (ground) =>
      repository(ground, "project", { ".gitattributes": "* merge=evil\n" }),
    plant: (ground) =>
      config("project", ["merge.evil.driver", ground.evil])(ground),
    next: "project",
    async control({ git, write, folder }) {
      const there = (...args: string[]) => git(args, join(folder, "project"));
      await there("checkout", "-q", "-b", "side");
      await write({ "project/a": "2\n" });
      await there("commit", "-qam", "2");
      await there("checkout", "-q", "main");
      await write({ "project/a": "3\n" });
      await there("commit", "-qam", "3");
      await there("merge", "side");
    },
  },
  {
    name: "a remote that objects are fetched from when they are missing",
    before: (ground) => repository(ground, "project"),
    async plant(ground) {
      const { folder, git, evidence } = ground;
      await config(
        "project",
        ["core.repositoryformatversion", "1"],
        ["extensions.partialClone", "origin"],
        ["remote.origin.promisor", "true"],
        ["remote.origin.url", folder],
        ["remote.origin.uploadpack", `touch ${evidence} #`],
      )(ground);
      const project = join(folder, "project");
      const id = (await git(["rev-parse", "HEAD:a"], project)).trim();
      await Deno.remove(
        join(project, ".git/objects", id.slice(0, 2), id.slice(2)),
      );
    },
    next: "project",
    control: ({ git, folder }) =>
      git(["cat-file", "-p", "HEAD:a"], join(folder, "project")),
  },
  {
    name: "programs for text and diffs",
    before: (ground) =>
      repository(ground, "project", { ".gitattributes": "* diff=evil\n" }),
    plant: async (ground) => {
      await config(
        "project",
        ["diff.evil.textconv", ground.evil],
        ["diff.evil.command", ground.evil],
        ["diff.external", ground.evil],
        ["core.pager", ground.evil],
        ["core.editor", ground.evil],
      )(ground);
      await ground.write({ "project/a": "2\n" });
    },
    next: "project",
    control: ({ git, folder }) => git(["diff"], join(folder, "project")),
  },
  {
    name: "a program that signs",
    before: (ground) => repository(ground, "project"),
    plant: (ground) =>
      config(
        "project",
        ["gpg.program", `${join(ground.folder, "sign")}`],
        ["commit.gpgSign", "true"],
        ["log.showSignature", "true"],
      )(ground).then(() =>
        ground.write({ "sign": `#!/bin/sh\n${ground.evil}\n` })
      ).then(() => Deno.chmod(join(ground.folder, "sign"), 0o755)),
    next: "project",
    control: ({ git, folder }) =>
      git(["commit", "--allow-empty", "-m", "x"], join(folder, "project")),
  },
  {
    name: "a submodule",
    before: (ground) => repository(ground, "."),
    async plant(ground) {
      await repository(ground, "sub");
      await ground.git(["add", "sub"]);
      await ground.git(["commit", "--quiet", "--message", "sub"]);
      await config("sub", ["filter.evil.clean", ground.evil])(ground);
      await ground.write({ "sub/.gitattributes": FILTER, "sub/a": "2\n" });
    },
    next: ".",
    control: add("."),
  },
];
