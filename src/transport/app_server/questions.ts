import * as z from "zod/mini";
import { once } from "../../system/once.ts";
import type { Asked, Reply } from "../turn.ts";
import type { PatchOfItem } from "./patches.ts";
import { type Notification, RpcError } from "./rpc.ts";

/** What Codex asks, in words of agentctl, and how it wants to be answered. */
export interface CodexRequest {
  asked: Asked;
  answer(reply: Reply): unknown;
  /** What Codex is told if nobody can be asked. */
  refusal: unknown;
}

const text = z.catch(z.nullable(z.string()), null);

const questionsSchema = once(() =>
  z.object({
    questions: z.array(z.object({
      id: z.string(),
      question: z.string(),
      isOther: z._default(z.boolean(), true),
      isSecret: z._default(z.boolean(), false),
      options: z._default(
        z.nullable(z.array(z.object({
          label: z.string(),
          description: z._default(z.string(), ""),
        }))),
        null,
      ),
    })),
  })
);

const commandSchema = once(() =>
  z.object({
    kind: z._default(z.string(), "command"),
    command: text,
    cwd: text,
    reason: text,
    networkApprovalContext: z.catch(
      z.nullable(z.object({ host: z.string() })),
      null,
    ),
  })
);

const filesSchema = once(() =>
  z.object({ itemId: z.string(), reason: text, grantRoot: text })
);

/** An MCP server that asks for data, or Codex for more permissions: agentctl has no form for either. */
const REFUSALS: Record<string, unknown> = {
  "mcpServer/elicitation/request": { action: "decline", content: null },
  "item/permissions/requestApproval": { permissions: {}, scope: "turn" },
};

/** Told instead of an answer to a question that asks for a secret: answers are kept in files. */
const NO_SECRETS =
  "agentctl does not pass on secrets: do without, and say in your notes what is missing.";

/**
 * Reads a request of Codex. Throws an {@linkcode RpcError} if agentctl does not
 * know it.
 */
export function readRequest(
  { method, params }: Notification,
  patchOf: PatchOfItem,
): CodexRequest | { refusal: unknown } {
  switch (method) {
    case "item/tool/requestUserInput":
      return readQuestions(params);
    case "item/commandExecution/requestApproval": {
      const { kind, command, cwd, reason, networkApprovalContext } =
        commandSchema().parse(params);
      const host = networkApprovalContext?.host;
      // What it would type, and where, is not known.
      if (kind !== "command" || command === null && host === undefined) {
        return { refusal: decide(false) };
      }
      const question = host === undefined
        ? null
        : `May it use the network, to reach ${host}?`;
      return approval({ question, command, cwd, reason });
    }
    case "item/fileChange/requestApproval": {
      const { itemId, grantRoot, reason } = filesSchema().parse(params);
      const patch = patchOf(itemId);
      // A person sees the change that they approve, and approves no other.
      if (grantRoot !== null || patch === null || patch.places.length === 0) {
        return { refusal: decide(false) };
      }
      const question = `May it change ${patch.places.join(", ")} like this?`;
      return approval({ question, command: patch.diff, cwd: null, reason });
    }
  }
  if (method in REFUSALS) return { refusal: REFUSALS[method] };
  throw new RpcError(`agentctl does not answer ${method}`, -32601);
}

function readQuestions(
  params: unknown,
): CodexRequest | { refusal: unknown } {
  const { questions } = questionsSchema().parse(params);
  const tell = (texts: string[]) => ({
    answers: Object.fromEntries(
      questions.map(({ id }, index) => [id, { answers: [texts[index] ?? ""] }]),
    ),
  });
  if (questions.some(({ isSecret }) => isSecret)) {
    return { refusal: tell(questions.map(() => NO_SECRETS)) };
  }
  return {
    asked: {
      kind: "question",
      asks: questions.map(({ question, options, isOther }) => ({
        question,
        choices: options ?? [],
        free: isOther || options === null || options.length === 0,
      })),
      command: null,
      cwd: null,
      reason: null,
    },
    answer: (reply) => tell("texts" in reply ? reply.texts : []),
    refusal: tell([]),
  };
}

function decide(isApproved: boolean) {
  return { decision: isApproved ? "accept" : "decline" };
}

function approval(
  { question, ...rest }:
    & Pick<Asked, "command" | "cwd" | "reason">
    & { question: string | null },
): CodexRequest {
  const asks = question === null
    ? []
    : [{ question, choices: [], free: false }];
  return {
    asked: { kind: "approval", asks, ...rest },
    answer: (reply) => decide("approved" in reply && reply.approved),
    refusal: decide(false),
  };
}
