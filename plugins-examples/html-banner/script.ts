import type { GatewayScript } from 'gateway/script'

interface Env {
  TEXT: string
}

/** A script: puts a banner into every HTML page, as its first element, while the page streams by. */
export default {
  response(response, request, { TEXT }) {
    const type = response.headers.get('content-type') ?? ''
    if (request.method === 'HEAD' || response.status !== 200 || !/^text\/html\b/i.test(type)) return
    // What is compressed cannot be read; see proxy_set_header in the configuration.
    if (response.headers.has('content-encoding')) return
    const banner = `<div role="status" class="banner">${escaped(TEXT)}</div>`
    const page = new HTMLRewriter()
      .on('body', { element: (body) => void body.prepend(banner, { html: true }) })
      .transform(response)
    // These are no longer the bytes that the tag and the ranges speak of.
    const headers = new Headers(page.headers)
    for (const name of ['etag', 'accept-ranges', 'content-md5', 'digest']) headers.delete(name)
    return new Response(page.body, { status: page.status, headers })
  },
} satisfies GatewayScript<Env>

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (each) => `&#${each.charCodeAt(0)};`)
}
