import * as z from "zod/mini";

const Time = z.iso.datetime({ offset: true });

/** One thing that a worker asks, with the answers it accepts. */
const Ask = z.object({
  question: z.string(),
  /** What the worker offers; empty if it wants an answer in words. */
  choices: z.array(z.object({ label: z.string(), description: z.string() })),
  /** Whether an answer other than one of the choices will do. */
  free: z.boolean(),
});

/** What a worker asks and waits for. All texts are a worker's words. */
export const WaitingFor = z.object({
  /** 1 for the first question of a run. */
  id: z.number(),
  /** `approval`: it wants to do something outside its sandbox, which only a person may allow. */
  kind: z.enum(["question", "approval"]),
  asked_at: Time,
  /** When it is told to decide for itself, or is refused. */
  until: Time,
  /** What is asked, one after another; empty for a command. */
  asks: z.array(Ask),
  /** What is to be approved: a command, or with something asked, what exactly it is about, such as a patch. */
  command: z.nullable(z.string()),
  /** Where the command would run. */
  cwd: z.nullable(z.string()),
  /** Why the worker wants it. */
  reason: z.nullable(z.string()),
});

export type WaitingFor = z.infer<typeof WaitingFor>;

/** How long a worker waits for an answer, unless an option says otherwise. */
export const ANSWER_TIMEOUT_MS = 15 * 60 * 1_000;
