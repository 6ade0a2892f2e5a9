import type {
  Awaitable,
  Exchange,
  Filter,
  Handler,
  OpenPhase,
  Sink,
  Stage,
  Verdict,
} from 'gateway/plugin'
import type { Deployment } from './deployment.ts'

/** The handler of a phase: a plugin record's own, or the hook that scripts have there, if any. */
export function inPhase(
  phase: OpenPhase,
  hook?: (x: Exchange, deployment: Deployment) => Awaitable<Verdict>,
): Handler<Deployment> {
  return (x, deployment) => {
    if (deployment.record) return deployment.record.handle(x, phase)
    return hook ? hook(x, deployment) : 'next'
  }
}

/** The filter of a stage, in the same way. */
export function inStage(
  stage: Stage,
  hook?: (x: Exchange, next: Sink, deployment: Deployment) => Sink,
): Filter<Deployment> {
  return (x, next, deployment) => {
    if (deployment.record) return deployment.record.filter(x, next, stage)
    return hook ? hook(x, next, deployment) : next
  }
}
