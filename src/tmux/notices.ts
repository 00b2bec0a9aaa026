import { runTmux, tmuxArgument, type TmuxServer, tmuxText } from "./server.ts";

/**
 * Shows a line on the clients that view `target`: a session, one of its windows
 * or panes, or a client by its name. Nothing in the text is expanded or run.
 * Returns whether anybody can have seen it.
 */
export async function displayMessage(
  server: TmuxServer,
  target: string,
  text: string,
): Promise<boolean> {
  let shown = false;
  // With -t alone, tmux shows it on the client that was used last, whatever that client is showing.
  for (const client of await clientsAt(server, target)) {
    const output = await runTmux(server, [
      "display-message",
      "-c",
      tmuxArgument(client),
      "--",
      tmuxText(text),
    ]);
    shown ||= output.code === 0;
  }
  return shown;
}

async function clientsAt(
  server: TmuxServer,
  target: string,
): Promise<string[]> {
  const list = ["list-clients", "-F", "#{client_name}"];
  const names = async (args: string[]) => {
    const { code, stdout } = await runTmux(server, args);
    return code === 0 ? stdout.split("\n").filter((name) => name !== "") : null;
  };
  return await names([...list, "-t", tmuxArgument(target)]) ??
    (await names(list))?.filter((name) => name === target) ?? [];
}
