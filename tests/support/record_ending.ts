import { dirname, fromFileUrl, join } from "@std/path";
import type { CodexCapabilities } from "../../src/codex/capability_cache.ts";
import { probeCodex } from "../../src/codex/capabilities.ts";
import { buildArgv } from "../../src/codex/command_line.ts";
import { findCodex } from "../../src/codex/program.ts";
import { RESULT_SCHEMA_TEXT } from "../../src/codex/result_schema.ts";
import { writeAndClose } from "../../src/system/command.ts";
import type { Ending, EndingFolders } from "../codex/corpus/ending.ts";
import { GOOD_ANSWERS } from "../codex/corpus/endings.ts";
import type { Recording } from "../codex/corpus/recording.ts";
import { makeCodexHome } from "./codex_home.ts";
import { makeGitRepository } from "./git_repository.ts";
import { hang, type ModelServer, startModelServer } from "./model_server.ts";
import { makeScratch, type Scratch } from "./scratch.ts";
import { ensureCodex } from "./tools.ts";

const ROOT = dirname(dirname(dirname(fromFileUrl(import.meta.url))));

/** Codex gets this long to end, in milliseconds. */
const LONGEST_MS = 180_000;

/** As much of stderr as the supervisor keeps. */
const STDERR_TAIL_CHARACTERS = 8_000;

interface Endpoint extends AsyncDisposable {
  url: string;
  model: ModelServer | null;
}

interface Running {
  child: Deno.ChildProcess;
  stdout: { text: string; done: Promise<void> };
  stderr: { text: string; done: Promise<void> };
}

/** Makes the real Codex end so, and returns what came of it. */
export async function recordEnding(ending: Ending): Promise<Recording> {
  await using scratch = await makeScratch();
  await using endpoint = startEndpoint(ending);
  const folders = await makeFolders(scratch);
  await writeConfig(ending, folders, endpoint.url);
  const capabilities = await capabilitiesOf(scratch, folders);
  await ending.prepare?.(folders);
  const env = {
    ...scratch.env,
    PATH: [folders.bin, folders.codexBin, "/usr/bin:/bin:/usr/sbin:/sbin"]
      .join(":"),
    TZ: "UTC",
    ...ending.env?.(endpoint.url, folders),
  };
  const start = (argv: string[], prompt: Ending["prompt"] = "Do it") =>
    startCodex([...ending.through ?? [], "codex", ...argv], {
      env,
      cwd: scratch.dir,
      prompt,
    });

  let resumed: { thread: string; first: Running } | undefined;
  if (ending.resumeOf !== undefined) {
    const first = start(argvOf(ending, capabilities, folders));
    const asked = await endpoint.model?.waitForRequest(() => true);
    resumed = { thread: asked?.threadId ?? "", first };
  }
  const argv = argvOf(ending, capabilities, folders, resumed?.thread);
  const startedAt = performance.now();
  const codex = start(argv, ending.prompt);
  if (ending.signal !== undefined) {
    await endpoint.model?.waitForRequest(() =>
      endpoint.model?.requests.length === ending.answers?.length
    );
    codex.child.kill(ending.signal);
  }
  const timer = setTimeout(() => endGroup(codex), LONGEST_MS);
  const status = await codex.child.status;
  const seconds = (performance.now() - startedAt) / 1000;
  clearTimeout(timer);
  // Behind the npm package's program the native one may live on.
  for (const running of [codex, resumed?.first]) {
    if (running) endGroup(running);
  }
  await resumed?.first.child.status;
  await Promise.all([codex.stdout.done, codex.stderr.done]);

  const places: [string, string][] = [
    [folders.work, "/home/user/project"],
    [folders.codexHome, "/home/user/.codex"],
    [scratch.home, "/home/user"],
    [dirname(dirname(dirname(folders.codexBin))), "/opt"],
    [scratch.dir, "/scratch"],
    [ROOT, "/agentctl"],
    [`127.0.0.1:${new URL(endpoint.url).port}`, "127.0.0.1:8080"],
  ];
  const clean = placeholders(places);
  const lines = (text: string) =>
    text === "" ? [] : clean(text).replace(/\n$/, "").split("\n");
  return {
    name: ending.name,
    how: ending.how,
    codex: capabilities.version,
    argv: ["codex", ...argv].map(clean),
    exit_code: status.code,
    signal: status.signal,
    seconds: Math.round(seconds * 10) / 10,
    stdout: lines(codex.stdout.text),
    stderr: lines(codex.stderr.text.slice(-STDERR_TAIL_CHARACTERS)),
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

function argvOf(
  ending: Ending,
  capabilities: CodexCapabilities,
  { dir, work }: EndingFolders,
  resumeThreadId: string | null = null,
): string[] {
  const argv = buildArgv(capabilities, {
    cwd: work,
    worktree: null,
    profile: "spark",
    model: null,
    sandbox: "workspace-write",
    guard: null,
    distrusted: [],
    mcpSettings: [],
    commandVariables: {},
    schemaFile: join(dir, "schema.json"),
    outputFile: join(dir, "output.json"),
    threadSource: "agentctl:run",
    instructions: null,
    ephemeral: false,
    skipGitCheck: false,
    resumeThreadId,
    ...ending.request,
  });
  return ending.argv?.(argv) ?? argv;
}

/** Starts Codex as the leader of a group, so that nothing of it can be left. */
function startCodex(
  words: string[],
  options: {
    env: Record<string, string>;
    cwd: string;
    prompt: string | Uint8Array<ArrayBuffer>;
  },
): Running {
  const child = new Deno.Command("setsid", {
    args: words,
    cwd: options.cwd,
    env: options.env,
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  writeAndClose(child.stdin, options.prompt).catch(() => {});
  return {
    child,
    stdout: collect(child.stdout),
    stderr: collect(child.stderr),
  };
}

function collect(stream: ReadableStream<Uint8Array>): Running["stdout"] {
  const collected = { text: "", done: Promise.resolve() };
  const decoder = new TextDecoder();
  collected.done = (async () => {
    for await (const bytes of stream) {
      collected.text += decoder.decode(bytes, { stream: true });
    }
  })();
  return collected;
}

function endGroup({ child }: Running): void {
  try {
    Deno.kill(-child.pid, "SIGKILL");
  } catch (error) {
    // Usually nothing is left.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
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
