import { observeRun } from "../lifecycle/reconcile.ts";
import {
  listMessages,
  sendMessage,
  type SentMessage,
  waitForAnswer,
} from "../fleet/send.ts";
import { EXIT_CODES, usageError } from "../system/errors.ts";
import { formatDuration } from "../text/duration.ts";
import { duration, flag, text } from "../terminal/option_spec.ts";
import { harmlessLine } from "../text/others_words.ts";
import { formatWhen } from "../text/relative_time.ts";
import { renderTable } from "../terminal/table.ts";
import { chosenRun, shownRunId } from "./chosen_runs.ts";
import { command, type CommonCall } from "./command.ts";
import { readPrompt } from "./input.ts";
import { stdoutCanvas } from "./terminal.ts";

export default command({
  name: "send",
  summary: "send a message to a running worker, or list its messages",
  usage:
    "send <id> [TEXT | --message TEXT | --message-file FILE | < message] [--now] [--wait]",
  description:
    'Sends a message to the worker of a run. Codex shows it to the model with its next request,\nand nothing is stopped; driven by "codex exec" it becomes the next turn of the thread instead,\nwhen the current one ends. --now stops the current turn, but not the run. The result of the\nlast turn counts. Prints the id of the receipt, ID/NUMBER. A message that the run cannot take is\nrefused; if one that it took could not be delivered, the receipt says so. With --wait the\nexit code is 0 if the message was answered, and 4 if the run ended without an answer.',
  action: "send",
  args: "<id> [text]",
  argsHint:
    "name a run, and put the message in quotes, as in \"agentctl send @last 'Add a test'\"",
  options: {
    message: text("TEXT", "the message itself", "m"),
    "message-file": text("FILE", "a file that holds the message"),
    now: flag("stop the current turn; the message comes next"),
    wait: flag("block until the message is answered, and print its state"),
    timeout: duration(
      "D",
      "give up --wait after this time, such as 10m, with exit code 124",
    ),
    list: flag("list the messages of the run and their states"),
  },
  examples: [
    'agentctl send @last "Leave the tests as they are"',
    "agentctl send @last --now <<'MESSAGE'\nYou are in the wrong folder: work in src/tax.\nMESSAGE",
    "agentctl send @last --list",
  ],
  readOnly: { with: "list" },
  async run(call) {
    const { args, options } = call;
    const [run, words] = args;
    const { now, timeoutMs } = options;
    if (options.list) {
      const { wait, message, messageFile } = options;
      const texts = [words, message, messageFile];
      if (now || wait || texts.some((text) => text !== undefined)) {
        throw usageError(
          "Cannot both send and list: leave out --list or the rest",
        );
      }
      return await list(call, run);
    }
    if (timeoutMs !== undefined && !options.wait) {
      throw usageError("Cannot send: --timeout needs --wait");
    }
    const { message: text, messageFile: file } = options;
    const given = { words, text, file };
    const message = await readPrompt("message", given, call.caller);
    const context = await call.fleet();
    const id = await chosenRun(context, run, call);
    const receipt = await sendMessage(context, id, {
      text: message ?? new Uint8Array(),
      now,
      from: context.caller.env["CLAUDECODE"] ? "orchestrator" : "person",
    });
    const name = `${id}/${receipt.id}`;
    if (!options.wait) {
      call.print(
        options.json
          ? JSON.stringify({ run_id: id, ...receipt, state: "queued" })
          : name,
      );
      return EXIT_CODES.ok;
    }
    const answered = await waitForAnswer(
      context,
      id,
      receipt.id,
      timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs),
    );
    if (answered === null) {
      call.print(name);
      call.say(
        `Timed out after ${
          formatDuration(timeoutMs ?? 0)
        }; look with "agentctl send ${id} --list"`,
      );
      return EXIT_CODES.timeout;
    }
    call.print(
      options.json
        ? JSON.stringify({ run_id: id, ...answered })
        : `${name} ${answered.state}`,
    );
    return answered.state === "answered"
      ? EXIT_CODES.ok
      : EXIT_CODES.run_failed;
  },
});

async function list(
  { options, caller, fleet, print, say }: CommonCall,
  run: string,
): Promise<number> {
  const context = await fleet();
  const id = await shownRunId(context, run);
  const record = await observeRun(context, id);
  const { messages, damaged } = await listMessages(context, record, id);
  for (const number of damaged) {
    say(`The receipt of message ${number} of run "${id}" is damaged`);
  }
  if (options.json) {
    print(JSON.stringify(
      messages.map((message) => ({ run_id: id, ...message })),
      null,
      2,
    ));
  } else if (messages.length > 0) {
    print(renderTable({
      columns: [
        { title: "MESSAGE" },
        { title: "STATE" },
        { title: "FROM" },
        { title: "SENT" },
        { title: "TEXT", flexible: true, min: 10 },
      ],
      rows: messages.map(row),
      ...stdoutCanvas(caller.env),
    }));
  } else if (damaged.length === 0) say(`Run ${id} was sent no messages`);
  return EXIT_CODES.ok;
}

function row(message: SentMessage): string[] {
  const { id, state, now, from, sent_at, title, reason } = message;
  return [
    String(id),
    now ? `${state} (now)` : state,
    from,
    formatWhen(sent_at, Date.now()),
    harmlessLine(reason === null ? title : `${title} (${reason})`),
  ];
}
