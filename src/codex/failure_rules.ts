/** Why a worker failed. */
export type FailureClass =
  | "not_logged_in"
  | "usage_limit"
  | "rate_limit"
  | "network"
  | "context_full"
  | "bad_flags"
  | "bad_profile"
  | "bad_schema"
  | "sandbox"
  | "model_error"
  /** Codex refused before it asked the model anything. */
  | "no_turn"
  /** Another process held something that Codex needs. */
  | "busy"
  /** The login was replaced by another one while the worker used it. */
  | "account_changed"
  /** The turn ended well, but its last message is not a result. */
  | "result_invalid"
  /** agentctl ended it because its token budget was used up. */
  | "budget"
  /** The folder of the run had been replaced. */
  | "folder_changed"
  /** The check could not do its work in the worker's confinement. */
  | "check_confined"
  | "killed"
  | "unknown";

/** What certain words of Codex mean; `"agentctl resume"` in a remedy stands for the whole command. */
export interface FailureRule {
  class: FailureClass;
  pattern: RegExp;
  /** What Codex calls such an error, where it does: see `errorKind()`. */
  kinds?: readonly string[];
  remedy: string;
}

const NETWORK_REMEDY =
  'Check the connection to the model\'s server and the proxy (HTTPS_PROXY), then continue with "agentctl resume"';

/** What to do if the sandbox does not start. */
export const SANDBOX_REMEDY =
  'Allow user namespaces on this machine ("sysctl user.max_user_namespaces" shows how many), or choose another --sandbox';

/** Words of Codex 0.128 to 0.169, found by making it fail; the first rule that matches counts. */
export const FAILURE_RULES: readonly FailureRule[] = [
  {
    class: "bad_schema",
    pattern: /output schema file/i,
    remedy:
      "Start a new run: the schema file in the folder of this run was removed or changed",
  },
  {
    class: "bad_schema",
    pattern: /invalid_json_schema|invalid schema for response_format/i,
    remedy:
      'Choose another model with --model, or update Codex ("npm install -g @openai/codex@latest"): this one refuses the schema of the result',
  },
  {
    class: "usage_limit",
    pattern:
      /usage_not_included|with your ChatGPT plan, upgrade|deactivated_workspace/i,
    remedy:
      'Use an account whose plan includes Codex: log in to it with "codex login", or set CODEX_API_KEY',
  },
  {
    class: "usage_limit",
    pattern:
      /quota exceeded|exceeded your current quota|insufficient_quota|out of credits|spend (?:cap|limit)|402 Payment Required/i,
    kinds: ["http 402"],
    remedy:
      'Pay for more in the settings of the account, or use another one ("codex login")',
  },
  {
    class: "usage_limit",
    pattern: /usage limit|usage_limit|purchase more credits/i,
    kinds: ["usageLimitExceeded"],
    remedy:
      'Wait until the limit resets and continue with "agentctl resume", or use another account ("codex login")',
  },
  {
    class: "rate_limit",
    pattern: /status:? 429|too many requests|rate.?limit/i,
    kinds: ["rateLimitExceeded", "http 429"],
    remedy:
      'Wait a minute, continue with "agentctl resume", and run fewer workers at once (max_parallel in the config)',
  },
  {
    class: "not_logged_in",
    pattern: /missing environment variable/i,
    remedy:
      "Set this variable where agentctl is called; a name that is not passed on by default goes into env_passthrough in the settings",
  },
  {
    class: "not_logged_in",
    pattern:
      /401 Unauthorized|not logged in|log in again|sign in again|codex login|login is required|refresh token|token (?:has )?expired|missing bearer|api.?key/i,
    kinds: ["unauthorized", "http 401"],
    remedy:
      'Log in with "codex login", or set CODEX_API_KEY; "codex login status" shows who is logged in',
  },
  {
    class: "not_logged_in",
    pattern: /403 Forbidden/i,
    kinds: ["http 403"],
    remedy:
      'Check the account with "codex login status", then the proxy or VPN: the server refuses this account or this location',
  },
  {
    class: "context_full",
    pattern: /ran out of room|context window|context_length/i,
    kinds: ["contextWindowExceeded"],
    remedy:
      'Start a new run with "agentctl start" and a smaller task, or with a summary of what has been done',
  },
  {
    class: "context_full",
    pattern: /exceeds the maximum length|input_too_large/i,
    remedy:
      "Shorten the prompt: put the bulk into a file of the project and name that file",
  },
  {
    class: "context_full",
    pattern: /413 (?:Payload|Content) Too Large|request_too_large/i,
    kinds: ["http 413"],
    remedy:
      'Start a new run with "agentctl start" and a shorter prompt: the server does not accept requests of this size',
  },
  {
    class: "bad_profile",
    pattern: /legacy `?(?:profile|\[profiles)/i,
    remedy:
      "Move the named settings from config.toml to $CODEX_HOME/<profile>.config.toml and remove them there; agentctl's installer does this",
  },
  {
    class: "bad_profile",
    pattern: /value for '--profile|'--profile <|config profile .* not found/i,
    remedy:
      "Give --profile the plain name of a profile; its file is $CODEX_HOME/<name>.config.toml",
  },
  {
    class: "bad_profile",
    pattern: /model provider \S+ not found/i,
    remedy:
      "Correct model_provider in config.toml or the profile: it names a table [model_providers.<name>]",
  },
  {
    class: "bad_profile",
    pattern: /finding codex home/i,
    remedy: "Make the folder that CODEX_HOME names, or unset CODEX_HOME",
  },
  {
    class: "bad_profile",
    pattern: /required MCP servers?/i,
    remedy:
      'Correct this server in config.toml ("codex mcp list" shows it), or set required = false',
  },
  {
    class: "bad_profile",
    pattern:
      /error loading config|bootstrap configuration|unknown configuration field/i,
    remedy:
      'Correct the named file, config.toml or the profile beside it; "codex doctor" checks them',
  },
  {
    class: "bad_flags",
    pattern: /skip-git-repo-check|trusted directory/i,
    remedy:
      'Run it in a git repository that the worker may read; "git init" makes one',
  },
  {
    class: "bad_flags",
    pattern:
      /unexpected argument|invalid value .* for '-|cannot be used with|unrecognized subcommand|required arguments|a value is required|unknown feature flag/i,
    remedy:
      'Report this with the output of "codex --version": agentctl and this Codex are not compatible',
  },
  {
    class: "busy",
    pattern: /already has an active writer/i,
    remedy:
      'Wait for the run that is using this thread ("agentctl list" shows it), or stop it with "agentctl stop"',
  },
  {
    class: "busy",
    pattern:
      /database (?:table |schema )?is (?:locked|busy)|SQLITE_(?:BUSY|LOCKED)|lock (?:is )?held by|could not acquire .{0,40}lock|resource temporarily unavailable|text file busy/i,
    remedy:
      'Look for another Codex that uses the same CODEX_HOME and hangs, then start it again with "agentctl rerun"',
  },
  {
    class: "busy",
    pattern: /address (?:already )?in use|EADDRINUSE/i,
    remedy:
      'End the program that uses this port, then start it again with "agentctl rerun"',
  },
  {
    class: "no_turn",
    pattern: /no rollout found|thread\/resume failed/i,
    remedy:
      'Start a new run with "agentctl start": Codex does not have this thread, or cannot read it',
  },
  {
    class: "no_turn",
    pattern: /no prompt provided|not valid utf-8/i,
    remedy: "Give the run a prompt that is not empty and is valid UTF-8",
  },
  {
    class: "no_turn",
    pattern: /no file descriptors|too many open files/i,
    remedy: "Raise the limit on open files (ulimit -n), then start it again",
  },
  {
    class: "no_turn",
    pattern: /missing optional dependency/i,
    remedy: 'Install Codex again with "npm install -g @openai/codex@latest"',
  },
  {
    class: "no_turn",
    pattern:
      /in-process app-server client: (?:Read-only file system|Permission denied)/i,
    remedy:
      "Let Codex write its folder (CODEX_HOME, else ~/.codex), then start it again",
  },
  {
    class: "no_turn",
    pattern: /^Error: (?:No such file|Permission denied|Not a directory)/i,
    remedy: "Check that the folder of the run exists and can be read",
  },
  {
    class: "sandbox",
    pattern: /sandbox|bwrap|bubblewrap|landlock|seccomp|seatbelt/i,
    kinds: ["sandboxError"],
    remedy: SANDBOX_REMEDY,
  },
  {
    class: "model_error",
    pattern: /model.{0,80}(?:does not exist|not supported|not found)/i,
    kinds: ["modelNotFound"],
    remedy:
      'Choose another model, in the profile or with --model; "codex debug models" lists them',
  },
  {
    class: "model_error",
    pattern:
      /at capacity|capacity (?:is )?unavailable|high demand|overloaded|status 5\d\d|had an error while processing/i,
    kinds: [
      "serverOverloaded",
      "flexUnavailable",
      "policyCapacityUnavailable",
      "internalServerError",
      "http 500",
      "http 502",
      "http 503",
      "http 504",
    ],
    remedy:
      'Try again later with "agentctl resume", or choose another model with --model',
  },
  {
    class: "model_error",
    pattern:
      /invalid prompt|usage policy|flagged|policy violation|content_filter/i,
    kinds: [
      "cyberPolicy",
      "misalignmentPolicyViolation",
      "inferenceHookDenied",
    ],
    remedy: "Word the prompt differently: the server refuses it",
  },
  {
    class: "model_error",
    pattern: /incomplete response|max_output_tokens/i,
    remedy: "Start a run with a smaller task: the answer did not fit",
  },
  {
    class: "model_error",
    pattern: /status 404/i,
    kinds: ["http 404"],
    remedy:
      "Correct base_url of the model's provider in config.toml: nothing answers at this address",
  },
  {
    class: "network",
    pattern:
      /stream closed|transport error|connection (?:failed|refused|reset|closed)|error sending request|dns|timed? ?out|timeout|unreachable|certificate|proxy/i,
    kinds: ["connection"],
    remedy: NETWORK_REMEDY,
  },
  {
    class: "model_error",
    pattern: /stream disconnected before completion: \S/i,
    remedy:
      'Try again with "agentctl resume": the server broke off its answer for the reason given',
  },
  {
    class: "network",
    pattern: /stream disconnected/i,
    remedy: NETWORK_REMEDY,
  },
  {
    class: "model_error",
    pattern: /unsupported|invalid_request_error/i,
    remedy:
      'Choose another model with --model, or update Codex ("npm install -g @openai/codex@latest"): the server does not accept this request',
  },
];
