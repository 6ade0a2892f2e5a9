import { formatHttpDate } from 'gateway/plugin'
import { escapeHtml } from './html.ts'
import type { Listed } from './listing.ts'

/** The list as nginx writes it in JSON; names are bytes as they are. */
export function jsonList(entries: readonly Listed[]): string {
  const lines = entries.map((entry) => {
    const time = formatHttpDate(entry.modified * 1000)
    const size = entry.kind === 'file' ? `, "size":${entry.size}` : ''
    const name = escapeJson(entry.name)
    return `\r\n{ "name":"${name}", "type":"${entry.kind}", "mtime":"${time}"${size} }`
  })
  return `[${lines.join(',')}\r\n]`
}

/** The same as a call of a function that a page has. */
export function jsonpList(entries: readonly Listed[], callback: string): string {
  return `/* callback */\r\n${callback}(${jsonList(entries)});`
}

/** The list in XML. */
export function xmlList(entries: readonly Listed[]): string {
  const lines = entries.map(({ kind, modified, name, size }) => {
    const time = `${new Date(modified * 1000).toISOString().slice(0, 19)}Z`
    const sized = kind === 'file' ? ` size="${size}"` : ''
    return `<${kind} mtime="${time}"${sized}>${escapeHtml(name)}</${kind}>\r\n`
  })
  return `<?xml version="1.0"?>\r\n<list>\r\n${lines.join('')}</list>\r\n`
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
}

function escapeJson(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
  return name.replace(/["\\\x00-\x1f]/g, (sign) => {
    const code = sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
    return SHORT[sign] ?? `\\u${code}`
  })
}
