import type { Paint } from '../config/explain/print.ts'
import type { Exchange } from '../kernel/exchange/exchange.ts'
import type { Deed, Trace } from './trace.ts'

/** What is told of a request. */
interface Told {
  readonly method: string
  readonly target: string
  /** 0 where it goes on behind the answer. */
  readonly status: number
  readonly type: string | undefined
  /** Of the body as it was sent, in bytes. */
  readonly sent: number
  /** From the first look at it to its last byte, in microseconds. */
  readonly time: number
  readonly server: string
  readonly location: string
  readonly deeds: readonly Deed[]
  readonly inner: readonly Told[]
}

/** A request and all that was done for it, as one line of JSON. `time` is what it took, in µs. */
export function requestAsJson(x: Exchange, trace: Trace, time: number): string {
  return JSON.stringify(tell(x, trace, time))
}

/** The same for people: a line, and below it one for each handler and filter. */
export function requestAsText(x: Exchange, trace: Trace, time: number, paint: Paint): string {
  return lines(tell(x, trace, time), '', paint).join('\n')
}

function tell(x: Exchange, trace: Trace, time: number): Told {
  return {
    method: x.method,
    target: x.parent ? x.uri : x.target,
    status: x.head?.status ?? x.unanswered,
    type: x.head?.type,
    sent: x.bodySent,
    time,
    server: x.server.name,
    location: x.location.name,
    deeds: trace.deeds,
    inner: trace.inner.map((each) => tell(each.x, each.trace, timeOf(each.trace))),
  }
}

/** Since a request was seen first, in microseconds. */
export function timeOf({ began }: Trace): number {
  return Math.round((performance.now() - began) * 1000)
}

function lines(told: Told, indent: string, paint: Paint): string[] {
  const { deeds, inner, location, method, sent, server, status, target, time, type } = told
  const where = [server && `server ${server}`, location && `location ${location}`]
  const head = [
    `${method} ${printable(target)} → ${status || 'under way'}`,
    type,
    size(sent),
    span(time),
  ]
  const title = `${paint.strong(head.filter(Boolean).join('  '))}  ${paint.faint(where.filter(Boolean).join(', '))}`
  const widths = [Math.max(0, ...deeds.map(({ at }) => at.length))]
  widths.push(Math.max(0, ...deeds.map(({ plugin }) => plugin.length)))
  const rows = deeds.map(({ at, busy, did, plugin, waited }) => {
    const wait = waited > 0 ? ` + ${span(waited)} of waiting` : ''
    const names = `${at.padEnd(widths[0] ?? 0)}  ${plugin.padEnd(widths[1] ?? 0)}`
    const row = `${names}  ${String(did).padEnd(DID)}  ${span(busy)}${wait}`
    return did === 'next' || did === 'passes' ? paint.faint(row) : row
  })
  return [
    indent + title,
    ...rows.map((row) => `${indent}  ${row}`),
    ...inner.flatMap((each) => lines(each, `${indent}    `, paint)),
  ]
}

const DID = 'takes the body'.length

function size(bytes: number): string {
  return bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`
}

function span(microseconds: number): string {
  return microseconds < 1000 ? `${microseconds} µs` : `${(microseconds / 1000).toFixed(1)} ms`
}

/** A client must not be able to move the cursor of a terminal. */
function printable(text: string): string {
  return text.replace(
    /\p{Cc}/gu,
    (each) => `\\x${each.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}
