import type { ExchangeStart } from '../../src/kernel/exchange/exchange-start.ts'
import { start } from '../../src/kernel/phase/run.ts'
import { makeExchange } from './hand-made-exchange.ts'
import { keptLog, makeServer, type ServerParts } from './hand-made-plan.ts'
import { turns } from './loopback.ts'

/** Walks a request to its end; what was said, and in which order. */
export async function walk(parts: ServerParts, request: Partial<ExchangeStart> = {}) {
  const { log, lines } = keptLog('info')
  const server = makeServer({ ...parts, settings: { error_log: log, ...parts.settings } })
  const { x, end, carrier } = makeExchange(server, request)
  start(x)
  await turns(30)
  return { x, end, carrier, errors: lines, status: end.got?.status, text: end.text }
}
