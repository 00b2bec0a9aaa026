import { LETS_WORK } from "../hints.ts";
import type { McpServer } from "../sdk.ts";
import * as z from "zod/mini";
import {
  answerQuestion,
  openQuestionOf,
  type Saying,
} from "../../fleet/answer.ts";
import { requirePerson } from "../../fleet/may_approve.ts";
import { runFiles } from "../../run/store.ts";
import { usageError } from "../../system/errors.ts";
import { answering } from "../answer.ts";
import type { Host } from "../host.ts";

const Input = z.strictObject({
  run_id: z.string().check(z.describe(
    'a run that asks, or its question as "ID/N", which an approval needs',
  )),
  texts: z.optional(
    z.array(z.string()).check(z.describe(
      "the answer in words: a text for each thing that is asked, in order",
    )),
  ),
  choice: z.optional(
    z.array(z.int().check(z.minimum(1))).check(z.describe(
      "the answer by number: a choice for each thing that is asked, in order, counted from 1",
    )),
  ),
  approve: z.optional(
    z.boolean().check(z.describe(
      "let the worker do what it asks for, outside its sandbox: only the user can decide that, and will be asked",
    )),
  ),
  deny: z.optional(
    z.boolean().check(z.describe(
      "refuse an approval, or leave a question to the worker",
    )),
  ),
});

const Output = z.object({
  run_id: z.string(),
  question: z.number().check(
    z.describe("the number of the question within its run"),
  ),
  outcome: z.nullable(z.string()).check(z.describe(
    "answered, approved or denied; withdrawn if the worker had stopped waiting",
  )),
  next: z.string(),
});

/** Offers `answer`. */
export function offerAnswer(server: McpServer, host: Host): void {
  server.registerTool(
    "answer",
    {
      title: "Answer a worker that asks",
      description:
        "Answers the question that a worker waits for (waiting_for of its run): give texts, choice, approve or deny. Answer from what the user has said, and ask the user what only they can know. Returns once the worker has the answer; the first answer counts.",
      inputSchema: Input,
      outputSchema: Output,
      annotations: LETS_WORK,
    },
    answering(
      host,
      "answer",
      { usage: "call show to see what the run asks, if it does" },
      async (args: z.infer<typeof Input>, _extra, approved) => {
        const saying = sayingOf(args);
        const context = await host.fleet();
        const name = args.run_id;
        const { id, question } = await openQuestionOf(context, name);
        if (saying.decision === "approve") {
          const { questions } = runFiles(context.workspace, id);
          const hasApproved = approved.some(({ folder, id }) =>
            folder === questions && id === question.id
          );
          const asked = host.clientAsks
            ? "hook"
            : hasApproved
            ? "person"
            : "nobody";
          await requirePerson(context, id, question, { name, asked });
        }
        const { id: n, outcome } = await answerQuestion(context, id, question, {
          saying,
          by: saying.decision === "approve" ? "person" : "orchestrator",
        });
        const data: z.infer<typeof Output> = {
          run_id: id,
          question: n,
          outcome,
          next: `call wait with run_ids ["${id}"]`,
        };
        return {
          data,
          text: `Question ${id}/${n}: ${outcome}\nNext: ${data.next}`,
        };
      },
    ),
  );
}

/** What a call says. Throws a `usage` error unless that is one thing. */
function sayingOf(
  { texts, choice, approve, deny }: z.infer<typeof Input>,
): Saying {
  const all: (Saying | null)[] = [
    texts === undefined ? null : { decision: "answer", texts },
    choice === undefined ? null : { decision: "choose", choices: choice },
    approve ? { decision: "approve" } : null,
    deny ? { decision: "deny" } : null,
  ];
  const [one, two] = all.filter((saying) => saying !== null);
  if (one === undefined || two !== undefined) {
    throw usageError(
      "Cannot answer: give exactly one of texts, choice, approve and deny",
    );
  }
  return one;
}
