import { Buffer } from 'node:buffer'
import { serverName } from '../../wire/http1/response-writer.ts'
import { reasonOf } from '../../wire/http1/status.ts'

const pages = new Map<string, Buffer>()

/** The built-in page of a status, with the server's name and version as `server_tokens` says. */
export function statusPage(status: number, tokens: 'on' | 'off' | 'build'): Buffer {
  const signature = serverName(tokens)
  const key = `${status} ${signature}`
  let page = pages.get(key)
  if (!page) {
    const title = `${status} ${reasonOf(status)}`.trim()
    page = Buffer.from(
      `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n` +
        `<center><h1>${title}</h1></center>\r\n<hr><center>${signature}</center>\r\n` +
        `</body>\r\n</html>\r\n`,
    )
    pages.set(key, page)
  }
  return page
}
