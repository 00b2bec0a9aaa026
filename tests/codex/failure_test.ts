import { assert, assertEquals, assertMatch } from "@std/assert";
import { errorKind } from "../../src/codex/error_kind.ts";
import { parseEvent } from "../../src/codex/events.ts";
import { classifyFailure, type WorkerEnding } from "../../src/codex/failure.ts";
import type { FailureClass } from "../../src/codex/failure_rules.ts";
import { noteEvent } from "../../src/transport/turn.ts";

const NOISE =
  "WARNING: proceeding, even though we could not create PATH aliases: refusing\n2026-01-01T00:00:00.000Z ERROR codex_core::session: not this\n";
const BACKTRACE =
  "\nStack backtrace:\n   0: <unknown>\n   1: std::rt::lang_start\n             at ./csu/start.h:58:16\n";

function ending(parts: Partial<WorkerEnding>): WorkerEnding {
  return {
    exitCode: 1,
    signal: null,
    stderrTail: "",
    errors: [],
    turnCompleted: false,
    turnStarted: false,
    ...parts,
  };
}

/** A turn that Codex 0.169.0 gave up with these words. */
function failedTurn(...errors: string[]): WorkerEnding {
  return ending({ errors, turnStarted: true, stderrTail: NOISE });
}

Deno.test("classifyFailure() knows the last messages of failed turns", () => {
  const cases: [FailureClass, string][] = [
    [
      "not_logged_in",
      "unexpected status 401 Unauthorized: Incorrect API key provided: sk-x., url: http://127.0.0.1:1/v1/responses",
    ],
    [
      "not_logged_in",
      "unexpected status 403 Forbidden: Country not supported, url: http://proxy.example/429/v1/responses",
    ],
    ["not_logged_in", "Missing environment variable: `MY_KEY`."],
    [
      "model_error",
      "The model `gpt-5.5` does not exist or you do not have access to it.",
    ],
    ["rate_limit", "exceeded retry limit, last status: 429 Too Many Requests"],
    [
      "rate_limit",
      "rate limit exceeded: Rate limit reached for gpt-5.1 in organization org-x on tokens per min (TPM): Limit 30000. Please try again in 1.5s.",
    ],
    [
      "usage_limit",
      "You’ve hit your usage limit. To get more access now, send a request to your admin or try again later.",
    ],
    [
      "usage_limit",
      "To use Codex with your ChatGPT plan, upgrade to Plus: https://chatgpt.com/explore/plus.",
    ],
    ["usage_limit", "Quota exceeded. Check your plan and billing details."],
    [
      "model_error",
      "We’re currently experiencing high demand, which may cause temporary errors.",
    ],
    [
      "model_error",
      "Selected model is at capacity. Please try a different model.",
    ],
    ["model_error", "Incomplete response returned, reason: max_output_tokens"],
    [
      "model_error",
      "Invalid prompt: flagged as potentially violating our usage policy.",
    ],
    [
      "context_full",
      "Codex ran out of room in the model's context window. Start a new thread or clear earlier history before retrying.",
    ],
    [
      "network",
      "stream disconnected before completion: stream closed before response.completed",
    ],
    ["network", "stream disconnected before completion: error sending request"],
    ["network", "Connection failed: error sending request"],
    [
      "model_error",
      "unexpected status 418: no, url: http://sandbox.example/v1",
    ],
    ["model_error", "Something that no version said before"],
  ];
  for (const [expected, message] of cases) {
    const failure = classifyFailure(failedTurn(message, message));
    assertEquals(failure.class, expected, message);
    assertEquals(failure.message, message);
    assert(failure.remedy !== "");
  }
});

Deno.test("classifyFailure() takes the words out of the body of HTTP 400", () => {
  const schema = JSON.stringify({
    error: {
      type: "invalid_json_schema",
      message: "In context=(), 'required' is required to be supplied",
      param: "text.format.schema",
    },
  });
  const failure = classifyFailure(failedTurn(schema, schema));
  assertEquals(failure.class, "bad_schema");
  assertEquals(
    failure.message,
    "In context=(), 'required' is required to be supplied",
  );

  const detail =
    `{"detail":"The 'gpt-x' model is not supported when using Codex with a ChatGPT account."}`;
  assertEquals(classifyFailure(failedTurn(detail)).class, "model_error");
  assertMatch(
    classifyFailure(failedTurn(detail)).message,
    /^The 'gpt-x' model/,
  );
});

Deno.test("classifyFailure() knows what Codex says before a turn", () => {
  const cases: [FailureClass, number, string][] = [
    ["bad_flags", 2, "error: unexpected argument '--nosuch' found"],
    [
      "bad_flags",
      2,
      "error: invalid value 'x' for '--sandbox <SANDBOX_MODE>'\n  [possible values: read-only]",
    ],
    [
      "bad_flags",
      1,
      "Not inside a trusted directory and --skip-git-repo-check was not specified.",
    ],
    [
      "bad_profile",
      2,
      "error: invalid value '../x' for '--profile <CONFIG_PROFILE_V2>': invalid --profile value `../x`; pass a plain name such as `work`",
    ],
    [
      "bad_profile",
      1,
      'Error loading config.toml: --profile `spark` cannot be used while /h/config.toml contains legacy `profile = "spark"` or `[profiles.spark]` config; move those settings',
    ],
    [
      "bad_profile",
      1,
      'Error: legacy `profile = "spark"` config is no longer supported; use `--profile spark` with `spark.config.toml` instead',
    ],
    ["bad_profile", 1, "Error: config profile `nosuch` not found"],
    [
      "bad_profile",
      1,
      "Error loading config.toml:\n/h/spark.config.toml:1:9: string values must be quoted, expected literal string\n  |\n1 | model =\n  |        ^",
    ],
    [
      "bad_profile",
      1,
      'Error finding codex home: CODEX_HOME points to "/x", but that path does not exist',
    ],
    [
      "bad_schema",
      1,
      "Failed to read output schema file /x.json: No such file or directory (os error 2)",
    ],
    [
      "bad_schema",
      1,
      "Output schema file bad.json is not valid JSON: key must be a string at line 1 column 2",
    ],
    [
      "no_turn",
      1,
      "Error: thread/resume: thread/resume failed: no rollout found for thread id 01 (code -32600)",
    ],
    [
      "busy",
      1,
      "Error: thread/resume: thread/resume failed: thread 01 already has an active writer (code -32600)",
    ],
    [
      "busy",
      1,
      "Error: thread/start: thread/start failed: error creating thread: Fatal error: error returned from database: (code: 5) database is locked",
    ],
    ["busy", 1, "Error: Address already in use (os error 98)"],
    ["busy", 126, "codex: Text file busy"],
    ["no_turn", 1, "No prompt provided via stdin."],
    ["no_turn", 1, "Error: No such file or directory (os error 2)"],
    [
      "no_turn",
      1,
      "Error: failed to initialize in-process app-server client: Read-only file system (os error 30)",
    ],
    [
      "context_full",
      1,
      "Error: turn/start: turn/start failed: Input exceeds the maximum length of 1048576 characters. (code -32602)",
    ],
    ["sandbox", 1, "Error: bwrap: setting up uid map: Permission denied"],
  ];
  for (const [expected, exitCode, words] of cases) {
    const stderrTail = NOISE + words + "\n" + BACKTRACE;
    const failure = classifyFailure(ending({ exitCode, stderrTail }));
    assertEquals(failure.class, expected, words);
    assertEquals(failure.message, words);
  }
});

Deno.test("classifyFailure() takes the end of the turn before what led to it", () => {
  const failure = classifyFailure(failedTurn(
    "Reconnecting... 5/5 (stream disconnected before completion: error sending request)",
    "You’ve hit your usage limit. To get more access now, try again later.",
  ));
  assertEquals(failure.class, "usage_limit");
});

Deno.test("classifyFailure() takes stderr before an attempt to connect again", () => {
  const failure = classifyFailure({
    ...failedTurn("Reconnecting... 1/5 (something)"),
    stderrTail: `${NOISE}Error: bwrap: no user namespaces\n${BACKTRACE}`,
  });
  assertEquals(failure.class, "sandbox");
  assertEquals(failure.message, "Error: bwrap: no user namespaces");
});

Deno.test("classifyFailure() reads when a limit resets", () => {
  const now = new Date(2026, 10, 23, 14, 9, 0);
  const resetsAt = (words: string) =>
    classifyFailure(failedTurn(`You’ve hit your usage limit. ${words}`), now)
      .resets_at;
  const iso = (...parts: [number, number, number, number, number]) =>
    new Date(...parts).toISOString();

  assertEquals(
    resetsAt("Upgrade to Pro (https://x), or try again at 4:09 PM."),
    iso(2026, 10, 23, 16, 9),
  );
  assertEquals(resetsAt("Or try again at 12:05 AM."), iso(2026, 10, 23, 0, 5));
  assertEquals(
    resetsAt("Or try again at Nov 26th, 2026 2:08 PM."),
    iso(2026, 10, 26, 14, 8),
  );
  assertEquals(
    resetsAt("Try again in 2 days 3 hours 5 minutes."),
    iso(2026, 10, 25, 17, 14),
  );
  assertEquals(resetsAt("Please try again in 60s."), iso(2026, 10, 23, 14, 10));
  assertEquals(
    resetsAt("Try again in 500ms"),
    new Date(now.getTime() + 500).toISOString(),
  );
  assertEquals(resetsAt("Or try again later."), undefined);
});

Deno.test("classifyFailure() takes the end of a usage limit to the second from what the server told", () => {
  const now = new Date(2026, 10, 23, 14, 9, 0);
  const at = (...time: [number, number, number]) =>
    new Date(2026, 10, 23, ...time).getTime() / 1000;
  const window = {
    limit: "codex",
    place: "primary" as const,
    window_minutes: 300,
  };
  const limits = [
    { ...window, used_percent: 100, resets_at: at(16, 9, 42) },
    { ...window, used_percent: 40, resets_at: at(23, 0, 0) },
  ];
  const resetsAt = (words: string, known = limits) =>
    classifyFailure({ ...failedTurn(words), limits: known }, now).resets_at;
  const exact = new Date(2026, 10, 23, 16, 9, 42).toISOString();
  const limit = "You’ve hit your usage limit.";

  assertEquals(resetsAt(`${limit} Try again later.`), exact);
  assertEquals(resetsAt(`${limit} Try again at 4:09 PM.`), exact);
  // Of another limit: the words count.
  assertEquals(
    resetsAt(`${limit} Try again at 5:00 PM.`),
    new Date(2026, 10, 23, 17, 0).toISOString(),
  );
  // All limits that are used up have to end.
  const both = limits.map((limit) => ({ ...limit, used_percent: 100 }));
  assertEquals(
    resetsAt(`${limit} Try again later.`, both),
    new Date(2026, 10, 23, 23, 0).toISOString(),
  );
  assertEquals(resetsAt(`${limit} Try again later.`, []), undefined);
  assertEquals(
    resetsAt(`${limit} Try again later.`, [
      { ...window, used_percent: 100, resets_at: Infinity },
      { ...window, used_percent: 99.9, resets_at: at(23, 0, 0) },
    ]),
    undefined,
  );
  assertEquals(
    resetsAt("exceeded retry limit, last status: 429 Too Many Requests"),
    undefined,
  );
});

Deno.test("classifyFailure() calls a worker killed by its signal or exit code", () => {
  for (
    const parts of [{ exitCode: null, signal: "SIGKILL" }, { exitCode: 143 }, {
      exitCode: 137,
    }]
  ) {
    const failure = classifyFailure(ending({ ...parts, turnStarted: true }));
    assertEquals(failure.class, "killed");
    assertMatch(failure.remedy, /[Rr]esume/);
  }
  const busy = classifyFailure(ending({
    signal: "SIGTERM",
    exitCode: 143,
    turnStarted: true,
    errors: ["Reconnecting... 2/5 (Connection failed: error sending request)"],
  }));
  assertEquals(busy.class, "killed");
  assertMatch(busy.message, /SIGTERM.*Connection failed/);
});

Deno.test("classifyFailure() calls a turn interrupted that ended without a word", () => {
  assertEquals(classifyFailure(ending({ turnStarted: true })).class, "killed");
  const stderrTail = NOISE;
  assertEquals(
    classifyFailure(ending({ turnStarted: true, stderrTail })).class,
    "killed",
  );
});

Deno.test("classifyFailure() calls a result invalid after a completed turn", () => {
  const parts = { exitCode: 0, turnStarted: true, turnCompleted: true };
  assertEquals(classifyFailure(ending(parts)).class, "result_invalid");
  // An error on the way is not the end.
  const errors = ["Reconnecting... 1/5 (unexpected status 401 Unauthorized)"];
  assertEquals(
    classifyFailure(ending({ ...parts, errors })).class,
    "result_invalid",
  );
});

Deno.test("classifyFailure() says what little it knows of other endings", () => {
  assertEquals(classifyFailure(ending({ exitCode: 0 })).class, "no_turn");
  assertEquals(classifyFailure(ending({ exitCode: 2 })).class, "bad_flags");
  const panic = classifyFailure(
    ending({
      exitCode: 101,
      turnStarted: true,
      stderrTail: "thread 'main' panicked at x",
    }),
  );
  assertEquals(panic.class, "unknown");
  assertMatch(panic.message, /panicked/);
  const silent = classifyFailure(ending({ exitCode: 101, turnStarted: true }));
  assertEquals(silent.class, "unknown");
  assertMatch(silent.message, /101/);
});

Deno.test("classifyFailure() gives a message without escapes, tags, stack traces and keys", () => {
  const said = (words: string) => classifyFailure(failedTurn(words)).message;
  assertEquals(
    said("\x1b]52;c;Zm9v\x07bad \x1b[31mred\x1b[0m \x9b5m\u202etext\x00\x1b["),
    "bad red \\u{202e}text",
  );
  assertEquals(
    said(
      "unexpected status 502 Bad Gateway: <html><style>p {}</style><p>No</p><p>No</p></html>, url: http://x",
    ),
    "unexpected status 502 Bad Gateway: No, url: http://x",
  );
  assertEquals(said("Wrong key: sk-proj-0123456789"), "Wrong key: sk-pro…");
  const stderrTail =
    "Error: it broke\n    at main (file:///x/y.js:1:2)\n    at async z:3:4\n";
  assertEquals(
    classifyFailure(ending({ stderrTail })).message,
    "Error: it broke",
  );

  const long = said("x".repeat(498) + "😀".repeat(10));
  assertEquals(long, "x".repeat(498) + "😀…");
});

Deno.test("classifyFailure() ends soon whatever a server says", () => {
  for (
    const piece of [
      "config profile ",
      "<html>",
      "<script>",
      "try again in 1s",
      "try again in 9",
      "\x1b]",
      "model ",
      "    at ",
      ", data: {",
      "sk-aaa",
      "😀",
    ]
  ) {
    const words = piece.repeat(200_000);
    assert(classifyFailure(failedTurn(words)).message.length <= 1000, piece);
    const stderrTail = words.slice(0, 8_000);
    assert(classifyFailure(ending({ stderrTail })).message.length <= 1000);
  }
});

Deno.test("classifyFailure() gives no reset time beyond all dates", () => {
  const far = failedTurn(`Rate limit. Try again in ${"9".repeat(30)} days`);
  assertEquals(classifyFailure(far).resets_at, undefined);
});

Deno.test("classifyFailure() tells a crash from an end from outside", () => {
  const crashed = ending({ exitCode: 139, turnStarted: true });
  assertEquals(classifyFailure(crashed).class, "unknown");
  assertMatch(classifyFailure(crashed).message, /crashed \(SIGSEGV\)/);
  assertEquals(
    classifyFailure({ ...crashed, turnStarted: false }).class,
    "no_turn",
  );
  assertMatch(
    classifyFailure(ending({ exitCode: 137, turnStarted: true })).remedy,
    /memory/,
  );
});

Deno.test("classifyFailure() calls a turn interrupted that connected again to its end", () => {
  const connecting = "Reconnecting... 2/5 (Connection failed)";
  const failure = classifyFailure(failedTurn(connecting));
  assertEquals(failure.class, "killed");
  assertMatch(failure.message, /last words: Connection failed$/);
});

Deno.test("classifyFailure() blames the sandbox for a missing result if it let no command start", () => {
  const refusal = "bwrap: setting up uid map: Permission denied";
  const words = () => ({
    errors: [],
    turnStarted: false,
    turnCompleted: false,
    didWork: false,
    lastMessage: null,
    sandboxError: undefined as string | undefined,
  });
  const command = (output: string, exitCode: number) =>
    parseEvent(JSON.stringify({
      type: "item.completed",
      item: {
        id: "item_0",
        type: "command_execution",
        command: "ls",
        aggregated_output: output,
        exit_code: exitCode,
        status: exitCode === 0 ? "completed" : "failed",
      },
    }));
  const refused = words();
  noteEvent(refused, command(refusal + "\n", 1));
  assertEquals(refused.sandboxError, refusal);
  const turn = ending({ exitCode: 0, turnStarted: true, turnCompleted: true });
  const failure = classifyFailure({ ...turn, ...refused, turnCompleted: true });
  assertEquals(failure.class, "sandbox");
  assertEquals(failure.message, refusal);

  const later = words();
  noteEvent(later, command(refusal, 1));
  noteEvent(later, command("fine", 0));
  assertEquals(later.sandboxError, undefined);
});

Deno.test("classifyFailure() takes Codex's own word for the kind of an error, whatever the message says; a status of HTTP only where the words tell nothing", () => {
  const cases: [string, string, string][] = [
    ["usageLimitExceeded", "Das Kontingent ist erschöpft", "usage_limit"],
    ["contextWindowExceeded", "timeout", "context_full"],
    ["serverOverloaded", "bitte später", "model_error"],
    ["rateLimitExceeded", "x", "rate_limit"],
    ["unauthorized", "x", "not_logged_in"],
    ["sandboxError", "x", "sandbox"],
    ["connection", "x", "network"],
    ["http 401", "x", "not_logged_in"],
    ["http 503", "x", "model_error"],
    ["http 429", "You exceeded your current quota", "usage_limit"],
    ["http 429", "x", "rate_limit"],
    ["unheardOf", "Too many requests", "rate_limit"],
  ];
  for (const [kind, message, expected] of cases) {
    const failure = classifyFailure({
      ...failedTurn(message),
      errorKind: kind,
    });
    assertEquals(failure.class, expected, kind);
    assertEquals(failure.message, message);
    assert(failure.remedy !== "", kind);
  }
  assertEquals(errorKind("other"), undefined);
  assertEquals(errorKind({ httpConnectionFailed: {} }), "connection");
  assertEquals(
    errorKind({ responseStreamDisconnected: { httpStatusCode: 502 } }),
    "http 502",
  );
  assertEquals(errorKind(7), undefined);
});
