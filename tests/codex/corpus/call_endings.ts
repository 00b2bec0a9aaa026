import { join } from "@std/path";
import { hang } from "../../support/model_server.ts";
import { type Ending, UNKNOWN_THREAD } from "./ending.ts";

/** The call of Codex, its files or its prompt are wrong. */
export const CALL_ENDINGS: Ending[] = [
  {
    name: "bad_flag",
    how: "A flag that Codex no longer has (`--full-auto`)",
    argv: (argv) => ["exec", "--full-auto", ...argv.slice(1)],
  },
  {
    name: "bad_sandbox_value",
    how: "`--sandbox` with a value that Codex does not know",
    argv: (argv) =>
      argv.map((word) => word === "workspace-write" ? "loose" : word),
  },
  {
    name: "flag_after_resume",
    how: "`--cd` after `resume`",
    argv: () => ["exec", "--json", "resume", UNKNOWN_THREAD, "--cd", "/", "-"],
  },
  {
    name: "unknown_feature",
    how: "`--enable` with a feature that Codex does not know",
    argv: (argv) => ["exec", "--enable", "no_such_feature", ...argv.slice(1)],
  },
  {
    name: "outside_git",
    how: "The folder is not a git repository, and that was not allowed",
    prepare: ({ work }) => Deno.remove(join(work, ".git"), { recursive: true }),
  },
  {
    name: "schema_missing",
    how: "The schema file does not exist",
    request: { schemaFile: "/nonexistent/schema.json" },
  },
  {
    name: "schema_not_json",
    how: "The schema file is not JSON",
    prepare: ({ dir }) => Deno.writeTextFile(join(dir, "schema.json"), "{nope"),
  },
  {
    name: "folder_missing",
    how: "The folder does not exist",
    argv: (argv) =>
      argv.map((word, index) =>
        argv[index - 1] === "-C" ? "/nonexistent/folder" : word
      ),
  },
  {
    name: "folder_not_readable",
    how: "The worker may not read its folder",
    // So root is denied what others are.
    through: ["setpriv", "--bounding-set=-dac_override,-dac_read_search"],
    prepare: ({ work }) => Deno.chmod(work, 0),
  },
  {
    name: "prompt_empty",
    how: "The prompt is empty",
    prompt: "",
  },
  {
    name: "prompt_not_utf8",
    how: "The prompt is not UTF-8",
    prompt: new Uint8Array([0x61, 0xff, 0xfe, 0x62]),
  },
  {
    name: "prompt_too_long",
    how: "The prompt has more than 1,048,576 characters",
    prompt: "a".repeat(1_048_577),
  },
  {
    name: "broken_installation",
    how: "The package of Codex for this platform is not installed",
    prepare: async ({ bin, codexBin }) => {
      await Deno.copyFile(
        await Deno.realPath(join(codexBin, "codex")),
        join(bin, "codex.mjs"),
      );
      await Deno.symlink("codex.mjs", join(bin, "codex"));
    },
  },
];

/** The thread cannot be resumed. */
export const THREAD_ENDINGS: Ending[] = [
  {
    name: "resume_unknown",
    how: "`resume` of a thread that does not exist",
    request: { resumeThreadId: UNKNOWN_THREAD },
  },
  {
    name: "resume_second_writer",
    how: "`resume` of a thread that another Codex is using",
    resumeOf: "running",
    answers: [hang()],
  },
  {
    name: "resume_damaged",
    how: "`resume` of a thread whose file is damaged",
    request: { resumeThreadId: UNKNOWN_THREAD },
    prepare: async ({ codexHome }) => {
      const folder = join(codexHome, "sessions", "2026", "01", "01");
      await Deno.mkdir(folder, { recursive: true });
      await Deno.writeTextFile(
        join(folder, `rollout-2026-01-01T00-00-00-${UNKNOWN_THREAD}.jsonl`),
        "damaged\n",
      );
    },
  },
];
