import type { Channel } from '../../../../../sandbox/border/adapter.ts'
import type { Crossing } from '../../../../../sandbox/border/crossing.ts'

let channel: Channel

/** Takes the way to the host, once. */
export function connect(given: Channel): void {
  channel = given
}

/** Asks the host something that it answers at once. */
export function ask(op: number, a?: Crossing, b?: Crossing, c?: Crossing): Crossing {
  return channel.ask(op, a, b, c)
}

/** Asks the host something that it answers later. */
export function askLater<T extends Crossing>(op: number, a?: Crossing, b?: Crossing): Promise<T> {
  return channel.later<T>(channel.ask(op, a, b))
}

/** Writes a line to the log. */
export function log(level: string, text: string): void {
  channel.log(level, text)
}
