import { LINE } from '../border/lines.ts'
import { refusal } from '../border/refusal.ts'
import { parseUrl } from './parse-url.ts'

/** The head of a request as it crosses: method, URL, redirect mode, then its fields as lines. */
export interface RequestHead {
  readonly method: string
  readonly url: string
  readonly redirect: string
  readonly lines: string
}

const METHOD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,32}$/
const LONGEST_URL = 16 * 1024
/** Its fields have a limit of their own; this is so that nothing longer is taken apart. */
const LONGEST_HEAD = 1024 * 1024

/** Reads the head of a request; refuses one that cannot be sent. Its fields are not checked here. */
export function requestHead(text: string): RequestHead {
  if (text.length > LONGEST_HEAD) throw refusal('TypeError', 'a head that is too large')
  const [method = '', url = '', redirect = '', ...fields] = text.split(LINE)
  if (!METHOD.test(method)) throw refusal('TypeError', 'invalid method')
  const parsed = url.length > LONGEST_URL ? undefined : parseUrl(url)
  if (!parsed) throw refusal('TypeError', 'invalid URL')
  return { method, url: parsed.href, redirect, lines: fields.join(LINE) }
}
