import { type Failure, Stopped } from '../verdict.ts'

/** Why an errand came to nothing: it took too long, its thread died, or its replay went astray. */
export type Loss = 'late' | 'died' | 'diverged'

/** What a run ends with whose thread has not come back. */
export function stoppedByLoss(loss: Loss): { stopped: Stopped; cause: unknown } {
  const [verdict, why] = LOSSES[loss]
  return { stopped: new Stopped(verdict), cause: why && new Error(why) }
}

const LOSSES: Readonly<Record<Loss, readonly [verdict: Failure, cause: string | undefined]>> = {
  late: ['cpu', undefined],
  died: ['trap', undefined],
  diverged: ['host', 'the replay of a run went another way than the run'],
}
