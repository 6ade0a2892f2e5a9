import { definePlugin, type Exchange, mainOf, requestValue } from 'gateway/plugin'

/** Where a request stands in a trace (W3C Trace Context). */
interface Span {
  /** 32 hexadecimal digits: the whole journey's. */
  readonly trace: string
  /** 16: the part of it that this gateway is. */
  readonly id: string
  /** Two: 01 where whoever began it wants it recorded. */
  readonly flags: string
}

// What a plugin knows of a request is kept with it, as text.
const kept = requestValue('trace_context_span')

/** Variables: a request id and a traceparent, taken over from the client or made here. */
export default definePlugin({
  name: 'trace-context',
  doc: 'Continues traces as W3C Trace Context says, or begins them.',
  variables: {
    trace_id: {
      doc: 'The trace of the request, 32 hexadecimal digits: a request id for logs and clients.',
      get: (x) => spanOf(x).trace,
    },
    traceparent: {
      doc: 'What the backend gets: the trace, with this gateway as the parent.',
      get: (x) => {
        const { flags, id, trace } = spanOf(x)
        return `00-${trace}-${id}-${flags}`
      },
    },
  },
})

/** Settled when it is first asked for: a request that nobody traces costs nothing. */
function spanOf(x: Exchange): Span {
  const known = kept.get(x)
  if (known !== undefined) return JSON.parse(known)
  const sent = mainOf(x).headers.get('traceparent')
  const span = continued(sent) ?? { trace: hex(16), id: hex(8), flags: '01' }
  kept.set(x, JSON.stringify(span))
  return span
}

/** Later versions may say more behind the flags; 00 may not. */
const PARENT = /^(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/
const ZEROS = /^0+$/

function continued(sent: string | undefined): Span | undefined {
  const [, version, trace = '', parent = '', flags = '', more] = PARENT.exec(sent ?? '') ?? []
  if (ZEROS.test(trace) || ZEROS.test(parent) || trace === '') return undefined
  if (version === '00' && more !== undefined) return undefined
  return { trace, id: hex(8), flags }
}

function hex(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes))
  return Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
