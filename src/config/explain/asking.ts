import { clock } from '../../base/clock.ts'
import type { GatewayError } from '../../base/errors.ts'
import type { Exchange } from '../../kernel/exchange/exchange.ts'
import type { Sink } from '../../kernel/filter/sink.ts'
import type { ListenPlan } from '../../kernel/phase/plan.ts'
import { makeExchange } from '../../serve/request-start.ts'
import { parseRequestHead } from '../../wire/http1/request-parser.ts'
import { type Question, requestBytes } from './question.ts'

const NOWHERE: Sink = {
  head: () => undefined,
  data: () => undefined,
  end: () => undefined,
  fail: () => undefined,
}

/**
 * The exchange of a request, made as a connection makes it; nobody walks it. A `GatewayError` is
 * why it is refused.
 */
export function ask(question: Question, plan: ListenPlan): Exchange | GatewayError {
  const bytes = requestBytes(question, plan)
  try {
    const { settings } = plan.servers.default
    const head = parseRequestHead(bytes, 0, bytes.length, settings)
    if (!head) throw new Error('the request head is not complete')
    head.settle()
    const x = makeExchange(head, connection(question, plan), NOWHERE)
    // Variables may have something to tell; here it is nobody's business.
    x.log = () => undefined
    return x
  } catch (error) {
    if (error instanceof Error && error.name === 'GatewayError') return error as GatewayError
    throw error
  }
}

function connection({ client }: Question, plan: ListenPlan) {
  const { address } = plan.listen
  const isTcp = address.kind === 'tcp'
  return {
    plan,
    current: {
      drop: () => undefined,
      endsWithClose: () => undefined,
      hold: () => undefined,
    },
    reader: { resumeBody: () => undefined, pauseBody: () => undefined },
    serial: 1,
    address: isTcp ? client : 'unix:',
    port: 0,
    localAddress: isTcp ? address.host : `unix:${address.path}`,
    localPort: isTcp ? address.port : 0,
    proxyProtocol: undefined,
    requests: 1,
    acceptedAt: clock.now,
    secure: false,
    pipelined: false,
  }
}
