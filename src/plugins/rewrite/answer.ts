import { Buffer } from 'node:buffer'
import {
  contentType,
  type Entry,
  type Exchange,
  Head,
  KeptBody,
  type Template,
} from 'gateway/plugin'
import type { Operation } from './sequence.ts'

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const LEAST = 100
const MOST = 999
const FOUND = 302
const NO_CONTENT = 204
/** From here on a status without text is an error, with its error_page or built-in page. */
const ERRORS = 400

/** Reads `return code [text]`, `return code URL` or `return URL`. */
export function readReturn(entry: Entry): Operation {
  const [first = '', text] = entry.args
  if (!/^\d+$/.test(first)) {
    if (text === undefined && /^(https?:\/\/|\$scheme)/.test(first)) {
      return redirect(FOUND, entry.template(first))
    }
    return entry.fail(`"${first}" is not a return code`, 'write a status, or a URL from http:// on')
  }
  const status = Number(first)
  if (status < LEAST || status > MOST) return entry.fail(`"${first}" is not a return code`)
  if (text !== undefined && text !== '') {
    const template = entry.template(text)
    return REDIRECTS.has(status) ? redirect(status, template) : respond(status, template)
  }
  if (status >= ERRORS || REDIRECTS.has(status)) return () => status
  return respond(status, undefined)
}

function redirect(status: number, location: Template): Operation {
  return (x) => {
    const head = new Head(status)
    head.fields.add('Location', x.absolute(location.render(x)))
    return x.finish(status, head)
  }
}

function respond(status: number, text: Template | undefined): Operation {
  const whole = text === undefined ? '' : text.constant
  if (text === undefined || whole !== undefined) {
    const body = whole ? new KeptBody(Buffer.from(whole, 'latin1')) : ''
    return (x) => x.respond(headOf(x, status), body)
  }
  return (x) => x.respond(headOf(x, status), bodyOf(text.render(x)))
}

/** Templates render byte strings: one character is one byte. */
function bodyOf(text: string): string | Buffer {
  return /[^\0-\x7f]/.test(text) ? Buffer.from(text, 'latin1') : text
}

function headOf(x: Exchange, status: number): Head {
  const head = new Head(status)
  if (status !== NO_CONTENT) head.type = contentType(x)
  return head
}
