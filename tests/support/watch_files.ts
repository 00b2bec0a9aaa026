import { isAbsolute, join } from "@std/path";
import { writeStderr } from "../../src/system/standard_output.ts";

/** Something that a program, or what it started, did with a file. */
export interface FileUse {
  /** The system call: `openat`, `execve`, `statx` and so on. */
  call: string;
  /** Absolute where strace tells the folder of the program. */
  path: string;
}

/** What a watched program did and printed. */
export interface Watched {
  code: number;
  stdout: string;
  stderr: string;
  uses: FileUse[];
}

export interface WatchOptions {
  cwd: string;
  env: Record<string, string>;
  stdin?: string;
  /** Where the list of calls is kept meanwhile. */
  log: string;
  /** What to do until all that the program started has ended. */
  meanwhile?: () => Promise<void>;
}

/** Whether {@linkcode watchFiles} works here; if not, says on stderr why tests are left out. */
export async function canWatchFiles(): Promise<boolean> {
  const obstacle = await watchObstacle();
  if (obstacle !== null) writeStderr(`Tests left out: ${obstacle}\n`);
  return obstacle === null;
}

async function watchObstacle(): Promise<string | null> {
  if (Deno.build.os !== "linux") return "only Linux has strace";
  try {
    const { success, stderr } = await new Deno.Command("strace", {
      args: ["-f", "-qq", "-o", "/dev/null", "true"],
    }).output();
    return success
      ? null
      : `strace may not watch here: ${new TextDecoder().decode(stderr).trim()}`;
  } catch {
    return 'strace is not on PATH; install it with "apt-get install strace"';
  }
}

/** Runs a program and notes each file that it, and all that it starts, names to the system. */
export async function watchFiles(
  argv: string[],
  { cwd, env, stdin, log, meanwhile }: WatchOptions,
): Promise<Watched> {
  const child = new Deno.Command("strace", {
    args: [
      ...["-f", "-y", "-qq", "--seccomp-bpf", "-s", "65536"],
      ...["-e", "trace=%file", "-e", "signal=none", "-o", log, "--", ...argv],
    ],
    cwd,
    env,
    clearEnv: true,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const output = child.output();
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
  }
  await meanwhile?.();
  const { code, stdout, stderr } = await output;
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
    uses: parseUses(await Deno.readTextFile(log)),
  };
}

/** The files below a folder that were opened or started, or would have been if they were there. */
export function openedBelow(folder: string, { uses }: Watched): string[] {
  return uses.filter(({ call, path }) =>
    /^(open|exec)/.test(call) && path.startsWith(`${folder}/`)
  ).map(({ path }) => path);
}

/**
 * Lines as `12 openat(AT_FDCWD</etc>, "hosts", O_RDONLY) = 3</etc/hosts>`: a
 * call names one file, or two, each from the folder before it.
 */
function parseUses(log: string): FileUse[] {
  return log.split("\n").flatMap((line) => {
    const [, call = "", rest = ""] = /^\d+ +(\w+)\((.*)$/.exec(line) ?? [];
    // What execve hands over are words, not files.
    const named = call.startsWith("exec")
      ? rest.split(", [", 1)[0] ?? ""
      : rest;
    return [...named.matchAll(/(?:\w+<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g)]
      .map(([, folder = "", path = ""]) => ({
        call,
        path: isAbsolute(path) ? path : join(folder, path),
      }));
  });
}
