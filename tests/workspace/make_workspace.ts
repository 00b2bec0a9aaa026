import { join } from "@std/path";
import {
  type Config,
  DEFAULT_CONFIG,
  parseConfig,
} from "../../src/workspace/config.ts";
import { ensureState, type Workspace } from "../../src/workspace/workspace.ts";

/** An empty workspace in a folder. */
export async function makeWorkspace(
  folder: string,
  config: Partial<Config> = {},
): Promise<Workspace> {
  const root = join(folder, ".ai-orch");
  await ensureState({ root, state: root });
  return {
    root,
    state: root,
    config: parseConfig(
      JSON.stringify({ ...DEFAULT_CONFIG, ...config }),
      "config",
    ),
    remarks: [],
  };
}

/** Every file and folder below a path with its mode, size and time of change: equal if nothing was written. */
export async function listing(path: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const entry of Deno.readDir(path)) {
    const child = join(path, entry.name);
    const info = await Deno.lstat(child);
    const time = info.mtime?.toISOString();
    lines.push(`${child} ${info.mode} ${info.size} ${time}`);
    if (entry.isDirectory) lines.push(...await listing(child));
  }
  return lines.sort();
}
