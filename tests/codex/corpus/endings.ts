import { type Answer, finish, forever } from "../../support/model_server.ts";
import { CALL_ENDINGS, THREAD_ENDINGS } from "./call_endings.ts";
import { type Ending, GOOD_RESULT } from "./ending.ts";
import { HTTP_ENDINGS } from "./http_endings.ts";
import {
  CONFIG_ENDINGS,
  LOGIN_ENDINGS,
  NETWORK_ENDINGS,
} from "./setup_endings.ts";
import { STREAM_ENDINGS } from "./stream_endings.ts";
import {
  RESULT_ENDINGS,
  SANDBOX_ENDINGS,
  SIGNAL_ENDINGS,
  SYSTEM_ENDINGS,
} from "./worker_endings.ts";

/** All endings that are recorded. */
export const ENDINGS: readonly Ending[] = [
  ...HTTP_ENDINGS,
  ...STREAM_ENDINGS,
  ...NETWORK_ENDINGS,
  ...LOGIN_ENDINGS,
  ...CONFIG_ENDINGS,
  ...CALL_ENDINGS,
  ...THREAD_ENDINGS,
  ...SANDBOX_ENDINGS,
  ...SYSTEM_ENDINGS,
  ...SIGNAL_ENDINGS,
  ...RESULT_ENDINGS,
];

/** What the model says where an ending needs no answers of its own. */
export const GOOD_ANSWERS: readonly Answer[] = [forever(finish(GOOD_RESULT))];
