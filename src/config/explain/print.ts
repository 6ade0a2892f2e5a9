import type { Mark } from '../../kernel/directive/mark.ts'
import { grouped, shortMark } from '../place.ts'
import type {
  Choice,
  Chosen,
  ExplainedDirective,
  ExplainedPeer,
  ExplainedUpstream,
  Explanation,
} from './explanation.ts'

/** How text is made to stand out; both leave it as it is where nobody sees colours. */
export interface Paint {
  readonly strong: (text: string) => string
  readonly faint: (text: string) => string
}

export const PLAIN: Paint = { strong: (text) => text, faint: (text) => text }

/** A line: what, where it is written, and why. */
interface Row {
  readonly look: 'title' | 'plain' | 'faint'
  readonly text: string
  readonly mark?: Mark | undefined
  readonly note?: string | undefined
}

/** Columns are no wider than this, whatever stands in one line of them. */
const WIDEST = 48
/** The longest text of a line: types and the like go on for ever. */
const LONGEST = 120
/** So many that were not chosen are told; `--json` has all. */
const SHOWN = 20

/** An explanation for people. Paths are relative to a folder. */
export function printExplanation(told: Explanation, folder: string, paint = PLAIN): string {
  const { request, refused } = told
  const line = `${request.method} ${request.target}${request.host === '' ? '' : ` for ${request.host}`}`
  const rows = refused ? [title('answer', undefined, `${refused.status}: ${refused.reason}`)] : []
  rows.push(...found('listen', told.listen), ...found('server', told.server, '(nameless)'))
  rows.push(...locationRows(told), ...partRows(told))
  for (const each of told.upstreams) rows.push(...upstreamRows(each, folder))
  if (told.notRun.length > 0) {
    rows.push(
      title('not run', undefined, 'may change the URI, answer, or send the request elsewhere'),
    )
    rows.push(...told.notRun.map(directiveRow))
  }
  return `${paint.strong(visible(line))}\n\n${layOut(rows, folder, paint)}`
}

function locationRows({ location, request }: Explanation): Row[] {
  if (!location) return []
  const [first, ...others] = found('location', location, '(none)')
  const { redirect, internal } = location
  const facts: string[] = []
  if (request.target.split('?')[0] !== request.uri) facts.push(`the URI is ${request.uri}`)
  if (redirect !== null) facts.push(`answers 301 to ${redirect}`)
  if (internal) facts.push('is internal: clients get 404')
  return first ? [first, ...facts.map(plain), ...others] : []
}

function partRows({ handlers, filters, directives }: Explanation): Row[] {
  const steps = grouped(handlers.map(({ phase, plugin }) => [phase, plugin]))
  const stages = grouped(filters.map(({ stage, plugin }) => [stage, plugin]))
  return [
    ...section('handlers', steps.map(plain)),
    ...section('filters', stages.map(plain)),
    ...section('directives', directives.map(directiveRow)),
  ]
}

function upstreamRows(upstream: ExplainedUpstream, folder: string): Row[] {
  const { name, mark, by, balancer, first, reason, peers } = upstream
  const asked = first === null ? reason : `${first} is asked first: ${reason}`
  return [
    title(`upstream ${name}`, mark ?? undefined, `${by.text} at ${shortMark(by.mark, folder)}`),
    { look: 'plain', text: `balancer ${balancer ?? 'unknown'}`, note: asked },
    ...peers.map((peer) => plain(peerText(peer))),
  ]
}

function peerText({ name, weight, state, maxConns }: ExplainedPeer): string {
  const words = [name]
  if (weight !== 1) words.push(`weight=${weight}`)
  if (maxConns > 0) words.push(`max_conns=${maxConns}`)
  if (state !== 'up') words.push(state)
  return `peer ${words.join(' ')}`
}

function found(kind: string, { name, mark, reason, others }: Chosen, nameless = ''): Row[] {
  const more = others.length - SHOWN
  return [
    title(`${kind} ${name || nameless}`, mark, reason),
    ...others.slice(0, SHOWN).map((each) => notChosen(each, nameless)),
    ...(more > 0 ? [plain(`and ${more} more (see --json)`)] : []),
  ]
}

function notChosen({ name, mark, reason }: Choice, nameless: string): Row {
  return { look: 'faint', text: `not ${name || nameless}`, mark, note: reason }
}

function directiveRow({ text, mark }: ExplainedDirective): Row {
  return { look: 'plain', text, mark }
}

function section(name: string, rows: readonly Row[]): Row[] {
  return rows.length === 0 ? [] : [title(name), ...rows]
}

function title(text: string, mark?: Mark, note?: string): Row {
  return { look: 'title', text, mark, note }
}

function plain(text: string): Row {
  return { look: 'plain', text }
}

function layOut(rows: readonly Row[], folder: string, paint: Paint): string {
  const cells = rows.map(({ look, text, mark, note }) => ({
    look,
    text: `${look === 'title' ? '' : '  '}${visible(cut(text))}`,
    place: mark ? shortMark(mark, folder) : '',
    note: visible(note ?? ''),
  }))
  const further = cells.filter(({ place, note }) => place !== '' || note !== '')
  const width = widest(further.map(({ text }) => text))
  const places = widest(cells.map(({ place }) => place))
  const lines = cells.map(({ look, text, place, note }) => {
    const rest = `${place.padEnd(places)}  ${note}`.trimEnd()
    if (rest === '') return look === 'title' ? paint.strong(text) : text
    const whole = text.padEnd(width)
    if (look === 'faint') return paint.faint(`${whole}  ${rest}`)
    return `${look === 'title' ? paint.strong(whole) : whole}  ${rest}`
  })
  return `${lines.join('\n')}\n`
}

function widest(texts: readonly string[]): number {
  return Math.min(
    WIDEST,
    texts.reduce((most, text) => Math.max(most, text.length), 0),
  )
}

function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text
}

/** What a URL or a file brings must not do anything to a terminal. */
function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => {
    return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}
