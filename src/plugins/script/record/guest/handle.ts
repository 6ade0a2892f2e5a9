import type { AnyPlugin, Exchange, OpenPhase } from 'gateway/plugin'
import { x } from './exchange.ts'

/** Asks the handler of a phase; its verdict as text, now or later. */
export function handle(
  plugin: AnyPlugin,
  phase: string,
  prepared: unknown,
): string | Promise<string> {
  const verdict = plugin[phase as OpenPhase]?.(x as Exchange, prepared)
  return verdict instanceof Promise ? verdict.then(String) : String(verdict)
}
