import {
  breakStream,
  callShell,
  failed,
  forever,
  hang,
  httpError,
  incomplete,
} from "../../support/model_server.ts";
import { type Ending } from "./ending.ts";

/** The answer begins and does not end well. */
export const STREAM_ENDINGS: Ending[] = [
  {
    name: "reset_mid_stream",
    how: "The connection is reset in the middle of an answer",
    answers: [forever(breakStream(1))],
  },
  {
    name: "reset_mid_stream_after_work",
    how:
      "The connection is reset in the middle of an answer, after the worker has run a command",
    answers: [callShell("echo one"), forever(breakStream(1))],
  },
  {
    name: "eof_mid_stream",
    how: "The answer ends without its last event",
    answers: [
      forever(httpError(
        200,
        'event: response.created\ndata: {"type":"response.created","response":{"id":"resp_1"}}\n\n',
        { "content-type": "text/event-stream" },
      )),
    ],
  },
  {
    name: "answer_is_no_stream",
    how: "HTTP 200 with a web page instead of an answer, as from a login page",
    answers: [
      forever(httpError(200, "<html>Log in to this network</html>", {
        "content-type": "text/html",
      })),
    ],
  },
  {
    name: "silent_stream",
    how:
      "The server says nothing (stream_idle_timeout_ms is 300 for the recording)",
    answers: [forever(hang())],
    provider: "stream_idle_timeout_ms = 300\n",
  },
  ...([
    ["server_error", "The server had an error while processing your request."],
    [
      "rate_limit_exceeded",
      "Rate limit reached for gpt-5.5 in organization org-x on tokens per min (TPM): Limit 30000, Used 22999, Requested 12528. Please try again in 1.5s.",
    ],
    [
      "context_length_exceeded",
      "Your input exceeds the context window of this model.",
    ],
    [
      "insufficient_quota",
      "You exceeded your current quota, please check your plan and billing details.",
    ],
    [
      "invalid_prompt",
      "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
    ],
    ["usage_not_included", "Your plan does not include this."],
    [
      "server_is_overloaded",
      "Our servers are currently overloaded. Please try again later.",
    ],
    ["slow_down", "Slow down."],
    ["misalignment_policy_violation", ""],
    ["bio_policy", ""],
    ["organization_spend_limit_exceeded", "The spend limit is reached."],
    ["cyber_policy", "This request was flagged for possible cyber misuse."],
    ["model_not_found", "The model `gpt-5.5` does not exist."],
    ["unheard_of", "Something new."],
  ] as const).map(([code, message]): Ending => ({
    name: `failed_${code}`,
    how: `\`response.failed\` with code \`${code}\``,
    answers: [forever(failed(code, message))],
  })),
  {
    name: "incomplete_max_output_tokens",
    how: "`response.incomplete`: max_output_tokens",
    answers: [forever(incomplete("max_output_tokens"))],
  },
  {
    name: "incomplete_content_filter",
    how: "`response.incomplete`: content_filter",
    answers: [forever(incomplete("content_filter"))],
  },
];
