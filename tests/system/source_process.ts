import { fromFileUrl } from "@std/path";

const CONFIG = fromFileUrl(new URL("../../deno.json", import.meta.url));

export interface SourceProcessOptions {
  args?: string[];
  /** Deno's own permission flags; without them, the child may do everything. */
  permissions?: string[];
  env?: Record<string, string>;
  /** Lines of `/bin/sh` that go before the start of Deno, such as `ulimit -f 8`. */
  shell?: string;
}

/**
 * The command of a Deno process that runs a piece of source. The source may
 * import by `${root}/src/…`: see {@linkcode sourceUrl}.
 */
export function sourceProcess(
  source: string,
  options: SourceProcessOptions = {},
): Deno.Command {
  const url = `data:application/typescript;base64,${
    new TextEncoder().encode(source).toBase64()
  }`;
  const argv = [
    ...[Deno.execPath(), "run", "-q", "--no-prompt", "--no-lock"],
    ...["--cached-only", "--config", CONFIG],
    ...(options.permissions ?? ["-A"]),
    url,
    ...(options.args ?? []),
  ];
  return new Deno.Command("/bin/sh", {
    args: ["-c", `${options.shell ?? ""}\nexec "$@"`, "sh", ...argv],
    env: options.env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs a piece of source to its end. Throws what it wrote to stderr if it fails. */
export async function runSource(
  source: string,
  options?: SourceProcessOptions,
): Promise<string> {
  const output = await sourceProcess(source, options).output();
  const decoder = new TextDecoder();
  if (!output.success) throw new Error(decoder.decode(output.stderr));
  return decoder.decode(output.stdout);
}

/** The address of a module of the project, for an `import` in such a source. */
export function sourceUrl(path: string): string {
  return JSON.stringify(new URL(`../../${path}`, import.meta.url).href);
}
