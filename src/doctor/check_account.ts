import { ceilingOf, fullWindows } from "../queue/account_hold.ts";
import { accountLines } from "../queue/account_words.ts";
import { readAccounts } from "../queue/accounts.ts";
import type { Examination } from "./examination.ts";
import { type Finding, ok, warning } from "./finding.ts";

/** Shows how much of the account limits is used, as workers last reported; nothing if they never did. */
export async function* checkAccount(
  { open }: Examination,
): AsyncGenerator<Finding> {
  const { workspace } = await open();
  const now = Date.now();
  const accounts = await readAccounts(workspace);
  const words = accountLines(accounts, now).join("; ");
  if (words === "") return;
  const ceiling = ceilingOf(workspace, { max_account: null });
  const isReached = ceiling !== null &&
    fullWindows(accounts, ceiling, now).length > 0;
  yield isReached
    ? warning(
      "codex.account",
      `${words}: account_ceiling (${ceiling}%) has been reached`,
      'wait for the reset, use another account, or start a waiting run with "agentctl release"',
    )
    : ok("codex.account", words);
}
