import { dirname, fromFileUrl, join } from "@std/path";
import type { CodexCapabilities } from "../../src/codex/capability_cache.ts";
import { probeCodex } from "../../src/codex/capabilities.ts";
import type { WorkerRequest } from "../../src/codex/command_line.ts";
import { findCodex } from "../../src/codex/program.ts";
import { RESULT_SCHEMA_TEXT } from "../../src/codex/result_schema.ts";
import type { Ending, EndingFolders } from "../codex/corpus/ending.ts";
import { GOOD_ANSWERS } from "../codex/corpus/endings.ts";
import { makeCodexHome } from "./codex_home.ts";
import { makeGitRepository } from "./git_repository.ts";
import { hang, type ModelServer, startModelServer } from "./model_server.ts";
import { makeScratch, type Scratch } from "./scratch.ts";
import { ensureCodex } from "./tools.ts";

const ROOT = dirname(dirname(dirname(fromFileUrl(import.meta.url))));

/** Codex gets this long to end, in milliseconds. */
export const LONGEST_MS = 180_000;

/** As much of stderr as the supervisor keeps. */
export const STDERR_TAIL_CHARACTERS = 8_000;

interface Endpoint extends AsyncDisposable {
  url: string;
  model: ModelServer | null;
}

/** All that an ending is made with. */
export interface EndingStage extends AsyncDisposable {
  folders: EndingFolders;
  /** What is asked instead of a model; `null` if that is not the usual one. */
  model: ModelServer | null;
  capabilities: CodexCapabilities;
  env: Record<string, string>;
  /** What a worker would be asked for. */
  request(resumeThreadId: string | null): WorkerRequest;
  /** The lines of a text, with placeholders for all that is of this machine. */
  lines(text: string): string[];
  /** Resolves when the model has been asked as often as the ending has answers. */
  allAsked(): Promise<void>;
}

/** Prepares an ending. */
export async function makeEndingStage(ending: Ending): Promise<EndingStage> {
  const scratch = await makeScratch();
  const endpoint = startEndpoint(ending);
  const folders = await makeFolders(scratch);
  await writeConfig(ending, folders, endpoint.url);
  const capabilities = await capabilitiesOf(scratch, folders);
  await ending.prepare?.(folders);
  const clean = placeholders([
    [folders.work, "/home/user/project"],
    [folders.codexHome, "/home/user/.codex"],
    [scratch.home, "/home/user"],
    [dirname(dirname(dirname(folders.codexBin))), "/opt"],
    [scratch.dir, "/scratch"],
    [ROOT, "/agentctl"],
    [`127.0.0.1:${new URL(endpoint.url).port}`, "127.0.0.1:8080"],
  ]);
  return {
    folders,
    model: endpoint.model,
    capabilities,
    env: {
      ...scratch.env,
      PATH: [folders.bin, folders.codexBin, "/usr/bin:/bin:/usr/sbin:/sbin"]
        .join(":"),
      TZ: "UTC",
      ...ending.env?.(endpoint.url, folders),
    },
    request: (resumeThreadId) => ({
      cwd: folders.work,
      worktree: null,
      profile: "spark",
      model: null,
      sandbox: "workspace-write",
      guard: null,
      distrusted: [],
      mcpSettings: [],
      commandVariables: {},
      schemaFile: join(folders.dir, "schema.json"),
      outputFile: join(folders.dir, "output.json"),
      threadSource: "agentctl:run",
      instructions: null,
      ephemeral: false,
      skipGitCheck: false,
      approve: "never",
      resumeThreadId,
      ...ending.request,
    }),
    lines: (text) =>
      text === "" ? [] : clean(text).replace(/\n$/, "").split("\n"),
    async allAsked() {
      await endpoint.model?.waitForRequest(() =>
        endpoint.model?.requests.length === ending.answers?.length
      );
    },
    async [Symbol.asyncDispose]() {
      await endpoint[Symbol.asyncDispose]();
      await scratch[Symbol.asyncDispose]();
    },
  };
}

function startEndpoint(ending: Ending): Endpoint {
  if (ending.server === "resets") return startResettingServer();
  if (ending.server !== undefined) {
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      ending.server,
    );
    return {
      url: `http://127.0.0.1:${server.addr.port}`,
      model: null,
      [Symbol.asyncDispose]: () => server.shutdown(),
    };
  }
  const model = startModelServer(
    ending.resumeOf === undefined
      ? ending.answers ?? GOOD_ANSWERS
      : [hang(), ...GOOD_ANSWERS],
  );
  return { url: model.url, model, [Symbol.asyncDispose]: () => model.close() };
}

/** A close with unread bytes is a reset. */
function startResettingServer(): Endpoint {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(1));
      connection.close();
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    model: null,
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving;
    },
  };
}

async function makeFolders(scratch: Scratch): Promise<EndingFolders> {
  const work = join(scratch.dir, "work");
  await makeGitRepository(work);
  await Deno.writeTextFile(
    join(scratch.dir, "schema.json"),
    RESULT_SCHEMA_TEXT,
  );
  return {
    dir: scratch.dir,
    work,
    codexHome: join(scratch.dir, "codex"),
    bin: scratch.bin,
    codexBin: await ensureCodex(),
  };
}

async function writeConfig(
  ending: Ending,
  { codexHome }: EndingFolders,
  url: string,
): Promise<void> {
  await makeCodexHome(codexHome, url, {
    settings: ending.settings,
    tables: ending.tables,
  });
  const file = join(codexHome, "config.toml");
  let text = await Deno.readTextFile(file);
  if (ending.config !== undefined) text = ending.config(url);
  if (ending.baseUrl !== undefined) {
    const baseUrl = ending.baseUrl.replace("PORT", new URL(url).port);
    text = text.replace(`${url}/v1`, baseUrl);
  }
  if (ending.provider !== undefined) {
    const auth = "requires_openai_auth = false\n";
    const kept = ending.provider.includes("requires_openai_auth") ? "" : auth;
    text = text.replace(auth, kept + ending.provider);
  }
  await Deno.writeTextFile(file, text);
}

let capabilities: Promise<CodexCapabilities> | undefined;

function capabilitiesOf(
  scratch: Scratch,
  { codexBin }: EndingFolders,
): Promise<CodexCapabilities> {
  return capabilities ??= (async () => {
    const env = { ...scratch.env, PATH: `${codexBin}:${scratch.env.PATH}` };
    const program = await findCodex(env);
    if (program === null) throw new Error("Cannot find codex");
    return await probeCodex(program, { env, cacheFile: null });
  })();
}

/** Puts what is the same in every recording in place of this machine's paths, ids and times. */
function placeholders(places: [string, string][]): (text: string) => string {
  const ids = new Map<string, string>();
  return (text) => {
    for (const [place, placeholder] of places) {
      text = text.replaceAll(place, placeholder);
    }
    return text
      .replaceAll(
        /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g,
        (id) => {
          const known = ids.get(id) ??
            `00000000-0000-7000-8000-${String(ids.size + 1).padStart(12, "0")}`;
          ids.set(id, known);
          return known;
        },
      )
      .replaceAll(
        /\b20[2-9]\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z/g,
        "2026-01-01T00:00:00.000000Z",
      )
      .replaceAll(
        /\b20[2-9]\d-\d\d-\d\dT\d\d-\d\d-\d\d\b/g,
        "2026-01-01T00-00-00",
      );
  };
}
