import { fromFileUrl, join } from "@std/path";
import { shellCommand } from "./shell.ts";

/** How to start agentctl again, from a tmux pane. */
export interface SelfCommand {
  argv: string[];
  /** Names of the variables that it needs from this process's environment. */
  env: string[];
}

/** A script that starts a program by its absolute path, whatever PATH says. */
export function launcherText(argv: readonly string[]): string {
  return `#!/bin/sh\nexec ${shellCommand(argv)} "$@"\n`;
}

/** Where Deno keeps the modules of a program that runs from source, for a process with another HOME. */
export function denoFolder(
  env: Record<string, string>,
): Record<string, string> {
  const { DENO_DIR, XDG_CACHE_HOME, HOME } = env;
  if (Deno.build.standalone) return {};
  const caches = Deno.build.os === "darwin" ? "Library/Caches" : ".cache";
  return {
    DENO_DIR: DENO_DIR ?? `${XDG_CACHE_HOME ?? `${HOME}/${caches}`}/deno`,
  };
}

/** The command line of this program: the binary, or Deno with the source and the same permissions. */
export function selfCommand(): SelfCommand {
  if (Deno.build.standalone) {
    // Linux uses this name for a process's file once an update has replaced it.
    const path = Deno.execPath().replace(/ \(deleted\)$/, "");
    return { argv: [path], env: ["AGENTCTL_DEBUG"] };
  }
  const checkout = fromFileUrl(new URL("../../", import.meta.url));
  return { argv: sourceCommand(checkout), env: ["DENO_DIR", "AGENTCTL_DEBUG"] };
}

/** The command line that runs agentctl from the sources in a folder, with the permissions of the binary. */
export function sourceCommand(checkout: string): string[] {
  return [
    ...[Deno.execPath(), "run", "-q", "-P", "--no-prompt"],
    ...["--config", join(checkout, "deno.json")],
    join(checkout, "src", "main.ts"),
  ];
}
