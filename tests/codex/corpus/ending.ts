import type { WorkerRequest } from "../../../src/codex/command_line.ts";
import { type Answer, forever, httpError } from "../../support/model_server.ts";

/** One way to make the real Codex end. Without more it does its task and ends well. */
export interface Ending {
  /** In snake_case; the name of the recording. */
  name: string;
  /** What makes it end so, for people. */
  how: string;
  /** What the model server answers. */
  answers?: readonly Answer[];
  /** Takes the place of the model server: resets each connection, or answers as a function says. */
  server?: "resets" | ((request: Request) => Response);
  /** Lines of `config.toml` before its first table. */
  settings?: string;
  /** Tables at the end of `config.toml`. */
  tables?: string;
  /** Takes the place of the whole `config.toml`. */
  config?: (url: string) => string;
  /** More keys of the provider `stub` in `config.toml`. */
  provider?: string;
  /** Takes the place of the provider's URL. */
  baseUrl?: string;
  request?: Partial<WorkerRequest>;
  /** Changes the arguments as agentctl would give them. */
  argv?: (argv: string[]) => string[];
  prompt?: string | Uint8Array<ArrayBuffer>;
  env?: (url: string, folders: EndingFolders) => Record<string, string>;
  /** Prepares the folders. */
  prepare?: (folders: EndingFolders) => Promise<void>;
  /** A program before `codex`, with its arguments. */
  through?: string[];
  /** Runs Codex once before, which ends well or is held by the server; its thread is resumed. */
  resumeOf?: "ended" | "running";
  /** What happens once the model is asked. */
  signal?: Deno.Signal;
}

export interface EndingFolders {
  /** What everything of the ending lies in. */
  dir: string;
  /** The worker's folder, a git repository. */
  work: string;
  codexHome: string;
  /** The first folder on PATH. */
  bin: string;
  /** Where `codex` is. */
  codexBin: string;
}

/**
 * Whether it cannot happen with app-server, which takes no flags, has no git check and
 * gets the schema itself. agentctl refuses such prompts before.
 */
export function onlyByExec({ name, argv }: Ending): boolean {
  return argv !== undefined || [
    ...["outside_git", "folder_not_readable"],
    ...["schema_missing", "schema_not_json"],
    ...["prompt_empty", "prompt_not_utf8"],
  ].includes(name);
}

/** The result of a worker that did its task. */
export const GOOD_RESULT = {
  goal_met: true,
  summary: "Added the greeting",
  followup_prompt: "",
  notes: "",
};

/** No recorded thread has this id. */
export const UNKNOWN_THREAD = "01999999-0000-7000-8000-000000000000";

/** A body as the API words an error. */
export function apiError(
  status: number,
  error: Record<string, unknown>,
  headers: Record<string, string> = {},
): Answer[] {
  return [forever(httpError(status, { error }, headers))];
}
