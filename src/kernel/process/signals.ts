/**
 * Imported before everything else in every process. Node's defaults would let a stray HUP kill a
 * worker and open the inspector on USR1; from this line on signals wait until somebody takes them.
 */

const HANDLED = [
  'SIGQUIT',
  'SIGTERM',
  'SIGINT',
  'SIGHUP',
  'SIGUSR1',
  'SIGUSR2',
  'SIGURG',
  'SIGWINCH',
] as const

export type Signal = (typeof HANDLED)[number]

const waiting: Signal[] = []
let taker: ((signal: Signal) => void) | undefined

for (const signal of HANDLED) {
  process.on(signal, () => {
    if (taker) taker(signal)
    else waiting.push(signal)
  })
}
// A terminal or log reader that has gone must not end the gateway.
process.on('SIGPIPE', () => {})

/** Gives all signals to `handler`, those that came before first. */
export function takeSignals(handler: (signal: Signal) => void): void {
  taker = handler
  for (const signal of waiting.splice(0)) handler(signal)
}
