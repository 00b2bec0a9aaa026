import * as z from "zod/mini";
import { once } from "../../system/once.ts";
import type { SteeredMessage } from "../turn.ts";
import type { Notification } from "./rpc.ts";

/** The messages that were put into the turns of a thread, until the model has seen them. */
export interface SteeredMessages {
  /** Keeps a message; returns the id under which Codex tells of it. */
  add(message: SteeredMessage): string;
  /** Forgets a message that Codex did not accept. */
  remove(id: string): void;
  /** To be called with whatever Codex tells, and with whether it is the model that says or begins something. */
  hear(notification: Notification, isModels: boolean): void;
  /** To be called at the end of a turn: whatever has not been put before the model by then is lost. */
  endTurn(): void;
}

const userMessageSchema = once(() =>
  z.object({
    item: z.object({
      type: z.literal("userMessage"),
      clientId: z.string(),
    }),
  })
);

/**
 * Follows messages by what Codex says of them. Codex puts a message into the thread when
 * it next asks the model, and drops and repeats a request in progress (seen with 0.169):
 * so whatever the model says or begins after that shows that it has seen the message.
 */
export function followMessages(): SteeredMessages {
  const accepted = new Map<string, SteeredMessage>();
  const asked = new Map<string, SteeredMessage>();
  let lastNumber = 0;
  return {
    add(message) {
      const id = `agentctl-${++lastNumber}`;
      accepted.set(id, message);
      return id;
    },
    remove: (id) => accepted.delete(id),
    hear({ method, params }, isModels) {
      if (method === "item/completed") {
        const id = userMessageSchema().safeParse(params).data?.item.clientId;
        const message = accepted.get(id ?? "");
        if (id !== undefined && message) {
          accepted.delete(id);
          asked.set(id, message);
        }
      }
      if (!isModels) return;
      for (const message of asked.values()) message.onSeen();
      asked.clear();
    },
    endTurn() {
      for (const message of accepted.values()) message.onLost();
      accepted.clear();
    },
  };
}
