/** How many images a worker works on at once: half of Node's threads, files want the others. */
const MOST_AT_ONCE = 2
/** So many wait for their turn, each with its bytes in memory; who comes then is refused (503). */
const MOST_WAITING = 64

let running = 0
const waiting: (() => void)[] = []

/** Waits for a turn at the threads; `endTurn` must follow. */
export function takeTurn(): Promise<void> | 'too many' {
  if (running < MOST_AT_ONCE) {
    running++
    return Promise.resolve()
  }
  if (waiting.length >= MOST_WAITING) return 'too many'
  return new Promise((resolve) => waiting.push(resolve))
}

/** Gives the turn to whoever waits the longest. */
export function endTurn(): void {
  const next = waiting.shift()
  if (next) next()
  else running--
}
