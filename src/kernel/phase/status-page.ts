import { Buffer } from 'node:buffer'
import { reasonOf } from '../../wire/http1/status.ts'

/** What nginx's own statuses of TLS are sent as, and what their pages say. */
const SPECIAL: ReadonlyMap<number, string> = new Map([
  [495, 'The SSL certificate error'],
  [496, 'No required SSL certificate was sent'],
  [497, 'The plain HTTP request was sent to HTTPS port'],
])

/** The status that a client is sent. */
export function sentStatus(status: number): number {
  return SPECIAL.has(status) ? 400 : status
}

/** Pages say it in other words than status lines do, as in nginx. */
const HEADINGS: ReadonlyMap<number, string> = new Map([[401, 'Authorization Required']])

const pages = new Map<string, Buffer>()

/** The built-in page of a status, signed with the server's name. */
export function statusPage(status: number, signature: string): Buffer {
  const key = `${status} ${signature}`
  let page = pages.get(key)
  if (!page) {
    const sent = sentStatus(status)
    const special = SPECIAL.get(status)
    const heading = `${sent} ${HEADINGS.get(sent) ?? reasonOf(sent)}`.trim()
    page = Buffer.from(
      `<html>\r\n<head><title>${special ? `400 ${special}` : heading}</title></head>\r\n<body>\r\n` +
        `<center><h1>${heading}</h1></center>\r\n` +
        `${special ? `<center>${special}</center>\r\n` : ''}<hr><center>${signature}</center>\r\n` +
        `</body>\r\n</html>\r\n`,
    )
    pages.set(key, page)
  }
  return page
}
