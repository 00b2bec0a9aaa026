import { AgentctlError, type ErrorCode, messageOf } from "../system/errors.ts";
import type { Host } from "./host.ts";
import type {
  CallToolResult,
  RequestHandlerExtra,
  ServerNotification,
  ServerRequest,
} from "./sdk.ts";

/** What the SDK tells of a request. */
export type RequestExtra = RequestHandlerExtra<
  ServerRequest,
  ServerNotification
>;

/** What a tool brings: data by its output schema, and the same in a few words. */
export interface Answer {
  data: Record<string, unknown>;
  text: string;
}

/** What to do after an error of a kind; without a word for it, the general one counts. */
export type NextAfterError = Partial<Record<ErrorCode, string>>;

const NEXT: Record<ErrorCode, string> = {
  usage: "correct the arguments and call the tool again",
  not_found: "call list to see the run ids",
  run_failed: "call show with the run's id",
  environment: "tell the person; this needs a hand outside the tools",
  timeout: "call the tool again",
  interrupted: "call the tool again",
};

/** The handler of a tool, which asks the user first where that has to be: its errors become answers that say what went wrong and what to call next. */
export function answering<Args extends object>(
  host: Host,
  tool: string,
  next: NextAfterError,
  work: (args: Args, extra: RequestExtra) => Promise<Answer>,
): (args: Args, extra: RequestExtra) => Promise<CallToolResult> {
  return async (args, extra) => {
    try {
      await host.ask(
        tool,
        Object.fromEntries(Object.entries(args)),
        extra.signal,
      );
      const { data, text } = await work(args, extra);
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
      : `agentctl failed, which is a mistake of its own; please report: ${
        messageOf(error)
      }`,
  };
}
