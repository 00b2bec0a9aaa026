import { isAbsolute, relative } from "@std/path";
import { type Config, DEFAULT_CONFIG } from "../workspace/config.ts";
import type { Workspace } from "../workspace/workspace.ts";

/**
 * Whether the workers of a folder can write the workspace, because it lies
 * inside: their sandbox lets them write their folder. What such a workspace
 * says must not act outside the sandbox.
 */
export async function isInReach(
  workspace: Workspace,
  folder: string,
): Promise<boolean> {
  const [root, base] = await Promise.all(
    [workspace.root, folder].map((path) =>
      Deno.realPath(path).catch(() => path)
    ),
  );
  const path = relative(base ?? "", root ?? "");
  return path !== ".." && !path.startsWith("../") && !isAbsolute(path);
}

/** The settings as far as they may act on runs of a folder; see {@linkcode isInReach}. */
export async function trustedConfig(
  workspace: Workspace,
  folder: string,
): Promise<Config> {
  const { config } = workspace;
  if (!await isInReach(workspace, folder)) return config;
  return {
    ...config,
    on_finish: null,
    tmux_sendkeys_target: null,
    env_passthrough: [],
    worktree_folder: null,
    default_sandbox: config.default_sandbox === "danger-full-access"
      ? DEFAULT_CONFIG.default_sandbox
      : config.default_sandbox,
  };
}

/** What of a workspace is left out for the runs of a folder, for their records. */
export function ignoredSettings(
  workspace: Workspace,
  trusted: Config,
): string[] {
  const { config } = workspace;
  if (trusted === config) return [];
  const ignored = [
    ...config.on_finish === null ? [] : ["on_finish"],
    ...config.tmux_sendkeys_target === null ? [] : ["tmux_sendkeys_target"],
    ...config.env_passthrough.length === 0 ? [] : ["env_passthrough"],
    ...config.default_sandbox === trusted.default_sandbox
      ? []
      : ["default_sandbox"],
    ...config.worktree_folder === null ? [] : ["worktree_folder"],
  ];
  if (ignored.length === 0) return [];
  return [
    `Left out because workers can write this workspace, which lies in their folder: ${
      ignored.join(", ")
    }; keep such settings in ~/.ai-orch`,
  ];
}
