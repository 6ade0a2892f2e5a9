import { Buffer } from 'node:buffer'
import type { Listed } from './listing.ts'

/** How a page is written. */
export interface PageStyle {
  readonly exactSize: boolean
  readonly localTime: boolean
  /** Whether names are characters of UTF-8, or bytes. */
  readonly utf8: boolean
}

/** Names are cut to this width. */
const WIDTH = 50
const CUT = '..&gt;'
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** The page that nginx writes, byte by byte. */
export function htmlPage(uri: string, entries: readonly Listed[], style: PageStyle): string {
  const title = `Index of ${escapeHtml(uri)}`
  const lines = entries.map((entry) => lineOf(entry, style)).join('')
  return (
    `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<h1>${title}</h1>` +
    `<hr><pre><a href="../">../</a>\r\n${lines}</pre><hr></body>\r\n</html>\r\n`
  )
}

export function escapeHtml(text: string): string {
  return text.replace(/[<>&"]/g, (sign) => ENTITIES[sign] ?? sign)
}

const ENTITIES: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  '"': '&quot;',
}

function lineOf(entry: Listed, style: PageStyle): string {
  const slash = entry.kind === 'directory' ? '/' : ''
  const shown = shownName(entry, style.utf8)
  const href = escapeComponent(entry.name) + slash
  return `<a href="${href}">${shown} ${timeOf(entry, style)} ${sizeOf(entry, style)}\r\n`
}

/** What stands in the link, and the spaces behind it. */
function shownName({ name, kind }: Listed, utf8: boolean): string {
  const characters = utf8 ? characterEnds(name) : undefined
  const length = characters?.length ?? name.length
  if (length > WIDTH) {
    const most = WIDTH - 3
    const end = characters ? (characters[most - 1] ?? most) : most
    return `${escapeHtml(name.slice(0, end))}${CUT}</a>`
  }
  const slash = kind === 'directory' && length < WIDTH ? '/' : ''
  return `${escapeHtml(name)}${slash}</a>${' '.repeat(WIDTH - length - slash.length)}`
}

/** Where each character of a byte string ends; undefined where it is not UTF-8, or ASCII alone. */
function characterEnds(name: string): readonly number[] | undefined {
  const bytes = Buffer.from(name, 'latin1')
  const text = bytes.toString('utf8')
  if (text.length === name.length || text.includes('\ufffd')) return undefined
  let end = 0
  return [...text].map((character) => {
    end += Buffer.byteLength(character)
    return end
  })
}

/** Everything but letters, digits and `-._~`, as in nginx. */
function escapeComponent(name: string): string {
  return name.replace(/[^A-Za-z0-9\-._~]/g, (byte) => {
    return `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
}

function timeOf({ modified }: Listed, { localTime }: PageStyle): string {
  // As in nginx, the offset of now counts, also for times of another season.
  const offset = localTime ? new Date().getTimezoneOffset() * 60 : 0
  const date = new Date((modified - offset) * 1000)
  const month = MONTHS[date.getUTCMonth()]
  const two = (number: number) => String(number).padStart(2, '0')
  const day = `${two(date.getUTCDate())}-${month}-${date.getUTCFullYear()}`
  return `${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}`
}

const KILO = 1024
const MEGA = KILO ** 2
const GIGA = KILO ** 3
const MOST_PLAIN = 9999

function sizeOf({ kind, size }: Listed, { exactSize }: PageStyle): string {
  if (exactSize) return kind === 'directory' ? '-'.padStart(19) : String(size).padStart(19)
  if (kind === 'directory') return '-'.padStart(7)
  if (size >= GIGA) return scaled(size, GIGA, 'G')
  if (size >= MEGA) return scaled(size, MEGA, 'M')
  if (size > MOST_PLAIN) return scaled(size, KILO, 'K')
  return String(size).padStart(7)
}

function scaled(size: number, unit: number, letter: string): string {
  const whole = Math.floor(size / unit) + (size % unit > unit / 2 - 1 ? 1 : 0)
  return `${whole}${letter}`.padStart(7)
}
