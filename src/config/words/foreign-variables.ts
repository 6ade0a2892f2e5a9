/** Variables of nginx that cannot be here, and why. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  [
    'ssl_curve',
    // getEphemeralKeyInfo gives null on a server, the session in bytes has no group, and what
    // OpenSSL writes passes no code of ours.
    'Node does not tell a server which group was agreed on; $ssl_curves has those that a client offers',
  ],
])

/** Why a variable of nginx is refused; undefined for one that nobody has, or that is not yet here. */
export function whyNoVariable(name: string): string | undefined {
  return REFUSED.get(name)
}
