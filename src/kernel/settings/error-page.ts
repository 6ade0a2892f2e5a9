import { directive } from '../directive/readers.ts'
import type { Template } from '../variable/template.ts'

/** Where one status leads. */
export interface ErrorPage {
  /** A URI, a named location, or an absolute URL to redirect to. */
  readonly target: Template
  /** `=200`: answer with this status · `=`: with what the target answers · undefined: keep it. */
  readonly answer: number | 'target' | undefined
}

/** By status. */
export type ErrorPages = ReadonlyMap<number, ErrorPage>

export const errorPage = directive<ErrorPages>({
  in: ['http', 'server', 'location', 'if'],
  default: new Map(),
  doc: 'The page shown for these statuses: a URI, a named location, or a URL to redirect to; =code changes the status, = takes the status of the page.',
  usage: 'code ... [=[response]] uri',
  min: 2,
  max: 64,
  repeat: true,
  read: (entry, before) => {
    const words = [...entry.args]
    const target = entry.template(words.pop() ?? '')
    const last = words.at(-1)
    let answer: ErrorPage['answer']
    if (last?.startsWith('=')) {
      words.pop()
      answer = last === '=' ? 'target' : readCode(last.slice(1), 100)
    }
    if (words.length === 0) entry.fail('no status code before the page')
    const pages = new Map(before)
    for (const word of words) {
      const code = readCode(word, 300)
      if (!pages.has(code)) pages.set(code, { target, answer })
    }
    return pages

    function readCode(word: string, least: number): number {
      const code = /^\d{3}$/.test(word) ? Number(word) : Number.NaN
      if (code === 499) entry.fail('invalid value "499"', 'nobody is left to see its page')
      if (code >= least && code <= 599) return code
      return entry.fail(`"${word}" is not a status between ${least} and 599`)
    }
  },
})
