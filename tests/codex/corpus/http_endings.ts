import {
  type Answer,
  forever,
  httpError,
  rateLimited,
} from "../../support/model_server.ts";
import { apiError, type Ending } from "./ending.ts";

/** 2030-01-01T00:00:00Z, so that a new recording says the same. */
const RESETS_AT = 1893456000;

function usageLimit(more: Record<string, unknown>): Answer[] {
  return apiError(429, {
    type: "usage_limit_reached",
    message: "The usage limit has been reached",
    ...more,
  });
}

/** The server answers with an HTTP status. */
export const HTTP_ENDINGS: Ending[] = [
  {
    name: "http_400_plain",
    how: "HTTP 400 with a body that is plain text",
    answers: [httpError(400, "Bad Request")],
  },
  {
    name: "http_400_json",
    how: "HTTP 400 with an error as JSON",
    answers: apiError(400, {
      message: "Unsupported parameter: 'text.verbosity'.",
      type: "invalid_request_error",
      param: "text.verbosity",
      code: "unsupported_parameter",
    }),
  },
  {
    name: "http_400_bad_schema",
    how: "HTTP 400: the API refuses the schema of the result",
    answers: apiError(400, {
      message:
        "Invalid schema for response_format 'codex_output_schema': In context=(), 'required' is required to be supplied and to be an array including every key in properties.",
      type: "invalid_request_error",
      param: "text.format.schema",
      code: "invalid_json_schema",
    }),
  },
  {
    name: "http_400_unsupported_model",
    how: "HTTP 400: the account may not use this model",
    answers: [httpError(400, {
      detail:
        "The 'gpt-5.5' model is not supported when using Codex with a ChatGPT account.",
    })],
  },
  {
    name: "http_400_context_length",
    how: "HTTP 400: the input is longer than the context window",
    answers: apiError(400, {
      message:
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
      type: "invalid_request_error",
      param: "input",
      code: "context_length_exceeded",
    }),
  },
  {
    name: "http_400_invalid_prompt",
    how: "HTTP 400: the prompt was flagged",
    answers: apiError(400, {
      message:
        "Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt.",
      type: "invalid_request_error",
      param: null,
      code: "invalid_prompt",
    }),
  },
  {
    name: "http_401_without_body",
    how: "HTTP 401 without a body",
    answers: [forever(httpError(401, ""))],
  },
  {
    name: "http_401_wrong_key",
    how: "HTTP 401: the API key is wrong",
    answers: apiError(401, {
      message:
        "Incorrect API key provided: sk-x. You can find your API key at https://platform.openai.com/account/api-keys.",
      type: "invalid_request_error",
      param: null,
      code: "invalid_api_key",
    }),
  },
  {
    name: "http_402",
    how: "HTTP 402: nothing has been paid",
    answers: apiError(402, {
      message: "Payment required",
      type: "billing_error",
      code: "payment_required",
    }),
  },
  {
    name: "http_402_deactivated_workspace",
    how: "HTTP 402: the workspace of the account is closed",
    answers: [
      forever(httpError(402, { detail: { code: "deactivated_workspace" } })),
    ],
  },
  {
    name: "http_403_country",
    how: "HTTP 403: the API does not serve this country",
    answers: apiError(403, {
      message: "Country, region, or territory not supported",
      type: "request_forbidden",
      param: null,
      code: "unsupported_country_region_territory",
    }),
  },
  {
    name: "http_403_html",
    how: "HTTP 403 with a web page, as from a firewall",
    answers: [
      forever(httpError(
        403,
        "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>" +
          "<p>Checking your browser</p>".repeat(60) + "</body></html>",
        { "content-type": "text/html", "cf-ray": "0000000000000000-XXX" },
      )),
    ],
  },
  {
    name: "http_404_plain",
    how: "HTTP 404: there is nothing at the provider's URL",
    answers: [forever(httpError(404, "404 page not found"))],
  },
  {
    name: "http_404_unknown_model",
    how: "HTTP 404: the model does not exist",
    answers: apiError(404, {
      message:
        "The model `gpt-5.5` does not exist or you do not have access to it.",
      type: "invalid_request_error",
      param: null,
      code: "model_not_found",
    }),
  },
  {
    name: "http_408",
    how: "HTTP 408: the server waited too long for the request",
    answers: [forever(httpError(408, "Request Timeout"))],
  },
  {
    name: "http_413",
    how: "HTTP 413: the request is too large",
    answers: apiError(413, {
      message: "Request too large",
      type: "invalid_request_error",
      code: "request_too_large",
    }),
  },
  {
    name: "http_418_escapes",
    how: "HTTP 418 with terminal escapes in the body",
    answers: [
      forever(
        httpError(
          418,
          "\x1b]0;owned\x07\x1b[31mI am\x1b[0m a teapot\u202e\u009b5m",
        ),
      ),
    ],
  },
  {
    name: "http_429_plain",
    how: "HTTP 429 without details",
    answers: [forever(rateLimited())],
  },
  {
    name: "http_429_retry_after",
    how: "HTTP 429 with retry-after: 2",
    answers: [forever(rateLimited(2))],
  },
  {
    name: "http_429_usage_limit",
    how: "HTTP 429: the usage limit is reached, without a reset time",
    answers: usageLimit({ plan_type: "plus" }),
  },
  {
    name: "http_429_usage_limit_resets_at",
    how: "HTTP 429: the usage limit is reached, with resets_at",
    answers: usageLimit({ plan_type: "plus", resets_at: RESETS_AT }),
  },
  {
    name: "http_429_usage_limit_resets_in_seconds",
    how: "HTTP 429: the usage limit is reached, with resets_in_seconds",
    answers: usageLimit({ plan_type: "pro", resets_in_seconds: 3600 }),
  },
  {
    name: "http_429_usage_limit_team",
    how: "HTTP 429: the usage limit of a team is reached",
    answers: usageLimit({ plan_type: "team", resets_at: RESETS_AT }),
  },
  {
    name: "http_429_usage_limit_without_plan",
    how:
      "HTTP 429: the usage limit of an account with an unknown plan is reached",
    answers: usageLimit({ resets_at: RESETS_AT }),
  },
  ...([
    ["workspace_owner_credits_depleted", "out_of_credits"],
    ["workspace_member_usage_limit_reached", "spend_cap"],
  ] as const).map(([type, name]): Ending => ({
    name: `http_429_usage_limit_${name}`,
    how:
      `HTTP 429: the usage limit is reached, and the header x-codex-rate-limit-reached-type says \`${type}\``,
    answers: apiError(429, {
      type: "usage_limit_reached",
      message: "The usage limit has been reached",
      plan_type: "business",
    }, { "x-codex-rate-limit-reached-type": type }),
  })),
  {
    name: "http_429_usage_not_included",
    how: "HTTP 429: the plan does not include Codex",
    answers: apiError(429, {
      type: "usage_not_included",
      message: "Usage not included",
    }),
  },
  {
    name: "http_429_insufficient_quota",
    how: "HTTP 429: the credit is used up",
    answers: apiError(429, {
      type: "insufficient_quota",
      code: "insufficient_quota",
      message:
        "You exceeded your current quota, please check your plan and billing details.",
    }),
  },
  {
    name: "http_500",
    how: "HTTP 500",
    answers: apiError(500, {
      message: "The server had an error while processing your request.",
      type: "server_error",
    }),
  },
  {
    name: "http_502",
    how: "HTTP 502 with a web page",
    answers: [
      forever(
        httpError(502, "<html><h1>502 Bad Gateway</h1></html>", {
          "content-type": "text/html",
        }),
      ),
    ],
  },
  {
    name: "http_503",
    how: "HTTP 503",
    answers: [forever(httpError(503, "Service Unavailable"))],
  },
  {
    name: "http_503_overloaded",
    how: "HTTP 503: the model is overloaded",
    answers: apiError(503, {
      code: "server_is_overloaded",
      message: "Our servers are currently overloaded. Please try again later.",
    }),
  },
  {
    name: "http_504",
    how: "HTTP 504: a gateway waited too long",
    answers: [forever(httpError(504, "Gateway Timeout"))],
  },
];
