/** What tmux ends when nobody is attached to it. */
export interface EndsDetached {
  server: boolean;
  session: boolean;
}

/**
 * What will happen to a pane when the user detaches, and how to prevent it;
 * `null` if it stays. These are settings of a server or session that agentctl did
 * not make, so it leaves them alone.
 */
export function detachRisk(ends: EndsDetached): string | null {
  if (ends.server) {
    return 'When the last client detaches, tmux ends its server and with it this run (exit-unattached is on); stay attached, or run "tmux set-option -s exit-unattached off"';
  }
  if (ends.session) {
    return 'When you detach, tmux ends this session and with it this run (destroy-unattached is on); stay attached, or run "tmux set-option destroy-unattached off" in it';
  }
  return null;
}
