import { findSupervisor, signal } from "../chaos/processes.ts";
import { makeRandom } from "../chaos/random.ts";
import { delay } from "../chaos/time.ts";
import {
  type Asked,
  type CampaignOptions,
  playRounds,
  type Round,
} from "../support/campaign.ts";
import {
  type Answer,
  callShell,
  DONE,
  finish,
  type RecordedRequest,
} from "../support/model_server.ts";
import { until } from "../support/until.ts";

/** What happens to a run while messages are sent to it. */
const KINDS = [
  "plain",
  "plain",
  "repaired",
  "now",
  "resumed",
  "killed",
] as const;

type Kind = (typeof KINDS)[number];

/** What became of the messages. */
export interface SendTally {
  sent: number;
  /** How many ended in which state. */
  states: Record<string, number>;
  /** Receipts that contradict what the model saw, and commands that were killed. */
  faults: string[];
  /** From sending to the request that has the message, in milliseconds. */
  delaysMs: number[];
  /** How many requests without the message the model got in between. */
  requestsBetween: number[];
  /** The same, since Codex accepted the message. */
  afterAccepted: number[];
}

export interface SendOptions extends CampaignOptions {
  transport: "app-server" | "exec";
}

/** A run that takes more messages than this goes on without. */
const MOST_SENDS = 40;

/** What the record says about a message. */
interface Receipt {
  id: number;
  state: string;
  sent_at: string;
  accepted_at: string | null;
}

interface Message {
  text: string;
  id: number;
}

/**
 * Sends messages at random moments to runs of the real Codex, and compares every
 * receipt with what the scripted model was asked.
 */
export async function runSends(options: SendOptions): Promise<SendTally> {
  const tally: SendTally = {
    sent: 0,
    states: {},
    faults: [],
    delaysMs: [],
    requestsBetween: [],
    afterAccepted: [],
  };
  const model = talkative(options.seed);
  await playRounds(options, model, () => tally.sent, async (round) => {
    const kind = KINDS[round.number % KINDS.length] ?? "plain";
    await playRun(tally, { ...options, ...round, kind });
  });
  return tally;
}

/** A model that works for a while in each turn, by the prompt of its run. */
function talkative(seed: string) {
  /** The number of commands after which a thread ends its turn. */
  const targets = new Map<string, number>();
  const repaired = new Set<string>();
  return (request: RecordedRequest): Answer => {
    const thread = request.threadId ?? "";
    const done = request.toolOutputs.length;
    const random = makeRandom(`${seed} ${thread} ${done}`);
    const target = targets.get(thread) ?? random.between(4, 10);
    targets.set(thread, target);
    if (done < target) {
      const seconds = random.between(0, 120) / 1_000;
      return callShell(`sleep ${seconds}; echo done-${done}`);
    }
    targets.set(thread, done + random.between(0, 3));
    const isRepaired = request.prompts[0]?.startsWith("repaired") === true;
    if (isRepaired && !repaired.has(thread)) {
      repaired.add(thread);
      return finish("no JSON");
    }
    return DONE;
  };
}

interface SendRound extends SendOptions, Round {
  kind: Kind;
}

async function playRun(tally: SendTally, round: SendRound): Promise<void> {
  const { stage, kind, number, transport } = round;
  const id = await stage.start(
    ...[`${kind} ${number}`, "--profile", "spark", "--transport", transport],
  );
  const [first] = await talkTo(tally, round, id);
  if (kind !== "resumed" || first === null) return;
  const resumed = await stage.agentctl([
    ...["resume", "--parent-run-id", id, "--prompt", `again ${number}`],
    ...["--transport", transport],
  ]);
  if (resumed.code === 0) {
    await talkTo(tally, round, resumed.stdout.trim());
  }
}

/** Sends to a run until it has ended, and checks the receipts. */
async function talkTo(
  tally: SendTally,
  { stage, log, kind, number, random, count }: SendRound,
  id: string,
): Promise<[thread: unknown]> {
  const messages: Message[] = [];
  const begun = log.length;
  const death = kind === "killed" ? random.between(300, 1_500) : Infinity;
  // Some come before Codex has even started.
  if (random.between(0, 3) > 0) {
    await until("the model is asked", () => log.length > begun);
  }
  const since = performance.now();
  for (let send = 0; send < MOST_SENDS; send++) {
    await delay(random.between(0, 400));
    if (performance.now() - since > death) {
      const pid = findSupervisor(id);
      if (pid !== null) signal(pid, "SIGKILL");
      break;
    }
    if (tally.sent >= count && messages.length > 0) break;
    const now = kind === "now" && random.between(0, 3) === 0;
    const text = `message ${number}-${messages.length}-${crypto.randomUUID()}`;
    const sent = await stage.agentctl(
      ["send", id, text, ...now ? ["--now"] : []],
    );
    if (sent.code === 2) break;
    if (sent.code !== 0) tally.faults.push(`send ${sent.code}: ${sent.stderr}`);
    else {
      tally.sent++;
      messages.push({ text, id: messages.length + 1 });
    }
  }
  const { record } = await stage.wait(id);
  const asked = log.slice(begun).filter(({ request }) =>
    request.threadId === record["thread_id"]
  );
  const receipts = record["messages"] as Receipt[];
  for (const message of messages) {
    const receipt = receipts.find(({ id }) => id === message.id);
    const state = receipt?.state;
    tally.states[`${state}`] = (tally.states[`${state}`] ?? 0) + 1;
    const fault = faultOf(message, `${state}`, asked, record);
    if (fault !== null) {
      tally.faults.push(`${kind}, run ${id}, message ${message.id}: ${fault}`);
    }
    if (receipt) measure(tally, message, receipt, asked);
  }
  if (kind !== "now" && kind !== "killed") {
    for (const { text } of asked.at(-1)?.request.toolOutputs ?? []) {
      if (!/Process exited with code|done-/.test(text)) {
        tally.faults.push(`${kind}, run ${id}: a command was killed: ${text}`);
      }
    }
  }
  return [record["thread_id"]];
}

/** What is wrong about a receipt; `null` if nothing is. */
function faultOf(
  message: Message,
  state: string,
  asked: Asked[],
  record: Record<string, unknown>,
): string | null {
  const holding = asked.filter(({ request }) =>
    request.prompts.includes(message.text)
  );
  if (state === "answered" || state === "unanswered") {
    return holding.length > 0 ? null : `${state}, but the model never got it`;
  }
  if (state !== "undelivered") return `it is still ${state}`;
  // A request may have been dropped with the message; what the model did afterwards shows that it was not.
  const works = new Set(
    holding.map(({ request }) => request.toolOutputs.length),
  );
  const isLast = holding.length > 0 && holding.at(-1) === asked.at(-1) &&
    record["status"] === "finished";
  return works.size > 1 || isLast ? "undelivered, but the model had it" : null;
}

function measure(
  tally: SendTally,
  message: Message,
  receipt: Receipt,
  asked: Asked[],
): void {
  const first = asked.find(({ request }) =>
    request.prompts.includes(message.text)
  );
  if (first === undefined) return;
  const since = (time: string) =>
    asked.filter(({ at }) => at > Date.parse(time) && at < first.at).length;
  tally.delaysMs.push(first.at - Date.parse(receipt.sent_at));
  tally.requestsBetween.push(since(receipt.sent_at));
  if (receipt.accepted_at) tally.afterAccepted.push(since(receipt.accepted_at));
}
