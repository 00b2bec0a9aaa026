import { dirname, join } from "@std/path";
import { runCommand } from "../../src/system/command.ts";
import { removeFolder } from "../support/temporary_folder.ts";

/** A repository in a folder of its own, with an environment that knows no settings of the user. */
export interface TemporaryRepository extends AsyncDisposable {
  /** Holds everything: home, repository, scratch. */
  base: string;
  root: string;
  scratch: string;
  env: Record<string, string>;
  /** Runs git at the top of the repository (or in `cwd`) and returns its stdout; throws if it fails. */
  git(
    args: string[],
    options?: { cwd?: string; stdin?: string; env?: Record<string, string> },
  ): Promise<string>;
  /** Writes files, making folders as needed; paths are relative to the repository. */
  write(files: Record<string, string | Uint8Array>): Promise<void>;
}

const GIT_CONFIG = `
[user]
  name = Test
  email = test@example.com
[init]
  defaultBranch = main
[protocol "file"]
  allow = always
[advice]
  detachedHead = false
`;

/**
 * Makes an empty repository named `name` and, if files are given, commits them.
 * It lies in the system's temporary folder, unless told, where any worker could
 * have written its configuration.
 */
export async function temporaryRepository(
  files: Record<string, string | Uint8Array> = {},
  { name = "repository", dir }: { name?: string; dir?: string } = {},
): Promise<TemporaryRepository> {
  const base = await Deno.realPath(
    await Deno.makeTempDir({ prefix: "agentctl-git-", dir }),
  );
  const root = join(base, name);
  await Deno.mkdir(root);
  await Deno.mkdir(join(base, "scratch"));
  await Deno.writeTextFile(join(base, ".gitconfig"), GIT_CONFIG);
  const env = {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: base,
    GIT_CONFIG_NOSYSTEM: "1",
  };
  const repository: TemporaryRepository = {
    base,
    root,
    scratch: join(base, "scratch"),
    env,
    async git(args, options = {}) {
      const { code, stdout, stderr } = await runCommand("git", args, {
        env: { ...env, ...options.env },
        cwd: options.cwd ?? root,
        stdin: options.stdin,
      });
      if (code !== 0) {
        throw new Error(`git ${args.join(" ")}: exit code ${code}: ${stderr}`);
      }
      return stdout;
    },
    async write(files) {
      for (const [path, content] of Object.entries(files)) {
        await Deno.mkdir(dirname(join(root, path)), { recursive: true });
        const bytes = typeof content === "string"
          ? new TextEncoder().encode(content)
          : content;
        await Deno.writeFile(join(root, path), bytes);
      }
    },
    async [Symbol.asyncDispose]() {
      await removeFolder(base);
    },
  };
  await repository.git(["init", "--quiet"]);
  if (Object.keys(files).length > 0) {
    await repository.write(files);
    await repository.git(["add", "--all"]);
    await repository.git(["commit", "--quiet", "--message", "first"]);
  }
  return repository;
}

/** Runs a line of shell by way of git, for what Deno cannot make: pipes, names that are not UTF-8. */
export function shell(
  repository: TemporaryRepository,
  line: string,
): Promise<string> {
  return repository.git(["-c", `alias.run-line=!${line}`, "run-line"]);
}

/** Every file below a folder, the git folder included: kind, mode and content, and for files of the work tree the time of change. */
export async function fingerprint(folder: string): Promise<string[]> {
  const lines: string[] = [];
  const visit = async (path: string, inGit: boolean): Promise<void> => {
    for await (const entry of Deno.readDir(path)) {
      const child = join(path, entry.name);
      // A name that is not UTF-8 cannot be asked for.
      const info = await Deno.lstat(child).catch(() => null);
      if (info === null) {
        lines.push(`${child} unknown`);
        continue;
      }
      const mode = (info.mode ?? 0).toString(8);
      const time = inGit ? "" : info.mtime?.toISOString();
      if (info.isDirectory) {
        lines.push(`${child} ${mode} folder`);
        await visit(child, inGit || entry.name === ".git");
      } else if (info.isSymlink) {
        lines.push(`${child} ${mode} -> ${await Deno.readLink(child)} ${time}`);
      } else if (info.isFile) {
        lines.push(
          `${child} ${mode} ${await sha1(await Deno.readFile(child))} ${time}`,
        );
      } else {
        lines.push(`${child} ${mode} other`);
      }
    }
  };
  await visit(folder, false);
  return lines.sort();
}

/** The id that git gives to a blob of these bytes. */
export function blobId(content: Uint8Array): Promise<string> {
  const head = new TextEncoder().encode(`blob ${content.length}\0`);
  const whole = new Uint8Array(head.length + content.length);
  whole.set(head);
  whole.set(content, head.length);
  return sha1(whole);
}

async function sha1(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-1", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}

/** Environment in which git also sees the objects of the scratch folder. */
export function withScratch(
  repository: TemporaryRepository,
): Record<string, string> {
  return {
    GIT_ALTERNATE_OBJECT_DIRECTORIES: join(repository.scratch, "objects"),
  };
}

/** What a tree holds: `path` → `mode id`. */
export async function listTree(
  repository: TemporaryRepository,
  tree: string,
): Promise<Record<string, string>> {
  const output = await repository.git([
    "ls-tree",
    "-r",
    "-z",
    "--full-tree",
    tree,
  ], { env: withScratch(repository) });
  const entries = output.split("\0").filter((line) => line !== "").map(
    (line) => {
      const tab = line.indexOf("\t");
      const [mode = "", , id = ""] = line.slice(0, tab).split(" ");
      return [line.slice(tab + 1), `${mode} ${id}`];
    },
  );
  return Object.fromEntries(entries);
}

/** The content of one file of a tree. */
export function readBlob(
  repository: TemporaryRepository,
  tree: string,
  path: string,
): Promise<string> {
  return repository.git(["cat-file", "blob", `${tree}:${path}`], {
    env: withScratch(repository),
  });
}
