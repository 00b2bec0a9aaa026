import type { ApprovedQuestion } from "../permission/reasons_to_ask.ts";
import { AgentctlError, type ErrorCode, messageOf } from "../system/errors.ts";
import type { Host } from "./host.ts";
import type {
  CallToolResult,
  RequestHandlerExtra,
  ServerNotification,
  ServerRequest,
} from "./sdk.ts";

/** What the SDK passes along with a request. */
export type RequestExtra = RequestHandlerExtra<
  ServerRequest,
  ServerNotification
>;

/** The result of a tool: data that fits its output schema, and the same in a few words. */
export interface Answer {
  data: Record<string, unknown>;
  text: string;
}

/** What to do after each kind of error; for kinds not listed, the general advice applies. */
export type NextAfterError = Partial<Record<ErrorCode, string>>;

const NEXT: Record<ErrorCode, string> = {
  usage: "correct the arguments and call the tool again",
  not_found: "call list to see the run ids",
  run_failed: "call show with the run's id",
  environment: "tell the user; this has to be fixed outside the tools",
  timeout: "call the tool again",
  interrupted: "call the tool again",
};

/** The handler of a tool, which asks the user first if necessary; its errors become answers that say what went wrong and what to call next. */
export function answering<Args extends object>(
  host: Host,
  tool: string,
  next: NextAfterError,
  work: (
    args: Args,
    extra: RequestExtra,
    approved: readonly ApprovedQuestion[],
  ) => Promise<Answer>,
): (args: Args, extra: RequestExtra) => Promise<CallToolResult> {
  return async (args, extra) => {
    try {
      const approved = await host.ask(
        tool,
        Object.fromEntries(Object.entries(args)),
        extra.signal,
      );
      const { data, text } = await work(args, extra, approved);
      return {
        content: [{ type: "text", text }],
        structuredContent: data,
      };
    } catch (error) {
      const { code, message } = describe(error, host);
      return {
        content: [{
          type: "text",
          text: `${message}\nNext: ${next[code] ?? NEXT[code]}`,
        }],
        isError: true,
      };
    }
  };
}

function describe(
  error: unknown,
  host: Host,
): { code: ErrorCode; message: string } {
  if (error instanceof AgentctlError) return error;
  const isSystem =
    Object.values(Deno.errors).some((kind) => error instanceof kind) ||
    /\(os error \d+\)/.test(messageOf(error));
  if (!isSystem) {
    host.say(
      error instanceof Error ? error.stack ?? error.message : `${error}`,
    );
  }
  return {
    code: "environment",
    message: isSystem
      ? `The system refuses: ${messageOf(error)}`
      : `Internal error, please report it: ${messageOf(error)}`,
  };
}
