import type { Exchange } from '../exchange/exchange.ts'

/** Now, or a promise: the kernel stays synchronous as long as everyone answers now. */
export type Awaitable<T> = T | Promise<T>

/**
 * The eleven phases, in nginx's order and meaning. `findConfig`, `postRewrite` and `postAccess`
 * are checkpoints that belong to the kernel; no handler can be registered there.
 */
export const PHASES = [
  'postRead',
  'serverRewrite',
  'findConfig',
  'rewrite',
  'postRewrite',
  'preaccess',
  'access',
  'postAccess',
  'precontent',
  'content',
  'log',
] as const

export type Phase = (typeof PHASES)[number]

/** The phases a plugin may put a handler in. */
export type OpenPhase = Exclude<Phase, 'findConfig' | 'postRewrite' | 'postAccess'>

/**
 * What a handler says: `next` ask the next handler (nginx's DECLINED) · `pass` this phase is
 * settled (OK) · `rerun` find the location again · `done` I answer, or have answered · a number:
 * finish with this status.
 */
export type Verdict = 'next' | 'pass' | 'rerun' | 'done' | number

/** One thing done for a request in one phase. */
export type Handler<C> = (x: Exchange, config: C) => Awaitable<Verdict>
