import { join } from "@std/path";
import {
  breakStream,
  callShell,
  finish,
  hang,
  say,
  together,
} from "../../support/model_server.ts";
import { type Ending, GOOD_RESULT } from "./ending.ts";

/** From the folder of the npm package's programs. */
const NATIVE_PROGRAM =
  "../@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex";

/** The sandbox does not start. */
export const SANDBOX_ENDINGS: Ending[] = [
  {
    name: "sandbox_unavailable",
    how:
      "The system does not allow user namespaces, so none of the worker's commands start",
    through: [
      "unshare",
      "-Ur",
      "sh",
      "-c",
      'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"',
      "sh",
    ],
    answers: [
      callShell("echo one"),
      finish("I could not run any command here."),
    ],
  },
];

/** The system denies Codex what it needs. */
export const SYSTEM_ENDINGS: Ending[] = [
  {
    name: "few_descriptors",
    how: "Codex gets hardly any file descriptors",
    through: ["prlimit", "--nofile=16"],
    // Node.js, which starts Codex otherwise, needs more itself.
    prepare: ({ bin, codexBin }) =>
      Deno.symlink(join(codexBin, NATIVE_PROGRAM), join(bin, "codex")),
  },
  {
    name: "no_file_size",
    how: "Codex may not write any file, as on a full disk",
    through: ["prlimit", "--fsize=0"],
  },
];

/** Codex is ended from outside. */
export const SIGNAL_ENDINGS: Ending[] = [
  ...(["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const).map((
    signal,
  ): Ending => ({
    name: signal.toLowerCase(),
    how: `${signal} in the middle of the turn`,
    answers: [callShell("echo one"), hang()],
    signal,
  })),
  ...(["SIGINT", "SIGTERM"] as const).map((signal): Ending => ({
    name: `${signal.toLowerCase()}_while_reconnecting`,
    how: `${signal} while Codex keeps reconnecting`,
    answers: [breakStream(1), hang()],
    signal,
  })),
];

/** The turn ends well, without a result. */
export const RESULT_ENDINGS: Ending[] = [
  {
    name: "result_plain_text",
    how: "The turn ends well, and the answer is plain text",
    answers: [finish("Done, all tests pass.")],
  },
  {
    name: "result_wrong_type",
    how: "The turn ends well, and `goal_met` of the answer is a string",
    answers: [finish({ ...GOOD_RESULT, goal_met: "yes" })],
  },
  {
    name: "result_empty",
    how: "The turn ends well, and the answer is empty",
    answers: [finish("")],
  },
  {
    name: "result_after_trouble",
    how:
      "The turn ends well after the connection broke once, and the answer is plain text",
    answers: [
      together(say("Half of a message")),
      breakStream(1),
      finish("All done"),
    ],
  },
];
