import type { Exchange } from '../kernel/exchange/exchange.ts'
import { Head } from '../wire/head.ts'

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

/** Answers a request with what is wrong: as a page to a browser, as text to everybody else. */
export function answerFault(x: Exchange, title: string, text: string): 'done' | Promise<'done'> {
  const head = new Head(500)
  head.fields.add('Cache-Control', 'no-store')
  const browser = /\btext\/html\b/.test(x.headers.get('accept') ?? '')
  head.type = `text/${browser ? 'html' : 'plain'}; charset=utf-8`
  return x.respond(head, browser ? page(title, text) : `${title}\n\n${text}\n`)
}

function page(title: string, text: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
<style>
  :root { color-scheme: light dark }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 60em; margin: 3em auto; padding: 0 1em }
  h1 { font-size: 1.3em }
  pre { font: 14px/1.5 ui-monospace, monospace; white-space: pre-wrap; padding: 1em;
    border-left: 4px solid #c33; background: color-mix(in srgb, currentColor 8%, transparent) }
</style>
<h1>${escaped(title)}</h1>
<pre>${escaped(text)}</pre>
<p>This page is of <code>gateway dev</code>. It goes away once the file is mended and saved.</p>
</html>
`
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (each) => ESCAPES[each] as string)
}
