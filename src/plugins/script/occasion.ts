import type { Exchange, Level } from 'gateway/plugin'

/** What a run is about, as far as it needs to know: an exchange, or something that has one. */
export interface Occasion extends Pick<Exchange, 'aborted' | 'onAbort'> {
  /** Lets the run go on behind what it is about. */
  readonly carrier: Pick<Exchange['carrier'], 'hold'>
  log(level: Level, text: string): void
  /** The exchange it stands for, where it is none itself. */
  readonly exchange?: Exchange
}

/** The exchange a run is about, or that was made for it. */
export function exchangeOf(occasion: Occasion): Exchange {
  return occasion.exchange ?? (occasion as Exchange)
}

/** An exchange that somebody else works on, who is told himself when its client goes. */
export function beside(x: Exchange): Occasion {
  const { carrier } = x
  return {
    get aborted() {
      return x.aborted
    },
    onAbort: undefined,
    carrier,
    exchange: x,
    log: (level, text) => x.log(level, text),
  }
}

/** An exchange that is over: nobody can leave it any more. */
export function behind(x: Exchange): Occasion {
  const { carrier } = x
  return {
    aborted: false,
    onAbort: undefined,
    carrier,
    exchange: x,
    log: (level, text) => x.log(level, text),
  }
}
