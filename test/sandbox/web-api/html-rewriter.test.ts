import { describe, expect, test } from 'vitest'
import { HTML_LIMITS } from '../../../sandbox/host/html/html-limits.ts'
import { RewriterSession } from '../../../sandbox/host/html/rewriter-session.ts'
import { htmlOps } from '../../../sandbox/host/html-ops.ts'
import { chunks, get, type Outcome, responseView } from './harness.ts'

/** What a rewriter makes of a page; `made` is the expression of the rewriter. */
async function run(made: string, page: string, before = ''): Promise<Outcome> {
  const ops = htmlOps(new RewriterSession(HTML_LIMITS))
  const source = `
    const log = []
    ${before}
    export default { fetch: () => ${made}.transform(new Response(${JSON.stringify(page)}, { headers: { 'content-type': 'text/html', 'content-length': '1' } })) }`
  const outcome = await get(source, { call: ops })
  expect(outcome.error).toBeUndefined()
  return outcome
}

const rewritten = async (made: string, page: string) => (await run(made, page)).body
const on = (selector: string, handlers: string) =>
  `new HTMLRewriter().on(${JSON.stringify(selector)}, ${handlers})`

describe('an element', () => {
  test.each([
    ["e.before('<i>')", '&lt;i&gt;<p id="a">x</p>'],
    ["e.before('<i>', { html: true })", '<i><p id="a">x</p>'],
    ["e.after('1').after('2')", '<p id="a">x</p>21'],
    ["e.prepend('1').append('2')", '<p id="a">1x2</p>'],
    ["e.replace('r')", 'r'],
    ['e.remove()', ''],
    ['e.removeAndKeepContent()', 'x'],
    ["e.setInnerContent('<b>', { html: false })", '<p id="a">&lt;b&gt;</p>'],
    ["e.setInnerContent('<b>y</b>', { html: true })", '<p id="a"><b>y</b></p>'],
    ["e.setAttribute('id', e.getAttribute('id') + '\"')", '<p id="a&quot;">x</p>'],
    ["e.removeAttribute('id').setAttribute('class', 'c')", '<p class="c">x</p>'],
    ["e.tagName = 'div'", '<div id="a">x</div>'],
    ["e.onEndTag((tag) => { tag.before('['); tag.after(']') })", '<p id="a">x[</p>]'],
    ["e.onEndTag((tag) => { tag.name = 'div' })", '<p id="a">x</div>'],
    ['e.onEndTag((tag) => tag.remove())', '<p id="a">x'],
  ])('%s', async (change, result) => {
    expect(await rewritten(on('p', `{ element(e) { ${change} } }`), '<p id="a">x</p>')).toBe(result)
  })

  test('tells what it is', async () => {
    const made = on(
      '*',
      `{ element(e) { e.after(JSON.stringify([e.tagName, [...e.attributes], e.removed, e.namespaceURI,
        e.selfClosing, e.canHaveContent, e.getAttribute('no'), e.hasAttribute('a')])) } }`,
    )
    expect(await rewritten(made, '<br a=1 B/>')).toBe(
      '<br a=1 B/>["br",[["a","1"],["b",""]],false,"http://www.w3.org/1999/xhtml",true,false,null,true]',
    )
  })

  test('knows that it was removed, and that no end tag follows a void one', async () => {
    const made = on(
      'br',
      `{ element(e) { e.remove(); let text = String(e.removed); try { e.onEndTag(() => {}) } catch (error) { text += error.name }
        e.after(text) } }`,
    )
    expect(await rewritten(made, '<br>')).toBe('trueTypeError')
  })

  test('cannot be changed once its handlers have ended', async () => {
    const made = `new HTMLRewriter().on('p', { element(e) { log.push(e) } })
      .on('q', { element(q) { try { log[0].remove() } catch (error) { q.after(error.message) } } })`
    expect(await rewritten(made, '<p></p><q></q>')).toBe(
      '<p></p><q></q>this content cannot be changed any more: its handlers have ended',
    )
  })
})

describe('handlers', () => {
  test('see texts and comments, in pieces that say which is the last', async () => {
    const made = `new HTMLRewriter().on('p', {
      text(t) { if (t.text) t.replace(t.text.toUpperCase()); if (t.lastInTextNode) t.after('.') },
      comments(c) { c.text = c.text.trim() + '!' } })`
    expect(await rewritten(made, '<p>one<!-- two -->three</p>four')).toBe(
      '<p>ONE.<!--two!-->THREE.</p>four',
    )
  })

  test('of the document see its type, its texts and its end', async () => {
    const made = `new HTMLRewriter().onDocument({
      doctype(d) { log.push(d.name, d.publicId, d.systemId) },
      comments(c) { c.remove() },
      text(t) { if (t.lastInTextNode) log.push('text') },
      end(e) { e.append('<hr>', { html: true }).append(JSON.stringify(log)) } })`
    expect(await rewritten(made, '<!DOCTYPE html PUBLIC "p" "s"><!--x-->a<b>c</b>')).toBe(
      '<!DOCTYPE html PUBLIC "p" "s">a<b>c</b><hr>["html","p","s","text","text"]',
    )
  })

  test('are asked in turn, wait for each other, and may be methods of a class', async () => {
    const made = `(() => {
      class Counter { n = 0; async element(e) { this.n++; await null; log.push(this.n); e.setAttribute('n', log.join('')) } }
      return new HTMLRewriter().on('p', new Counter()).on('p', { element: async (e) => { await new Promise((done) => setTimeout(done, 1)); e.setAttribute('late', log.length) } })
    })()`
    expect(await rewritten(made, '<p></p><p></p>')).toBe(
      '<p n="1" late="1"></p><p n="12" late="2"></p>',
    )
  })

  test('that wait for an end tag are all called, also asynchronously', async () => {
    const made = `new HTMLRewriter().on('p', { element(e) { e.onEndTag(async (tag) => { await null; tag.before('1') }); e.onEndTag((tag) => { tag.before('2') }) } })`
    expect(await rewritten(made, '<p><b></b></p>')).toBe('<p><b></b>12</p>')
  })
})

describe('a response', () => {
  test('keeps status and fields, but for its length', async () => {
    const outcome = await run(on('p', '{ element(e) { e.remove() } }'), '<p>x</p>y')
    expect(outcome.fields).toEqual(['content-type', 'text/html'])
    expect(outcome.body).toBe('y')
  })

  test('is rewritten chunk by chunk as it comes', async () => {
    const ops = htmlOps(new RewriterSession(HTML_LIMITS))
    const outcome = await get(
      `export default { fetch: async (request, env, ctx) => new HTMLRewriter()
        .on('p', { element(e) { e.setAttribute('seen', '') }, text(t) { if (t.text) t.replace(t.text + t.text) } })
        .transform(await ctx.next()) }`,
      {
        call: ops,
        next: async () => {
          return {
            ...responseView(203, ['content-type', 'text/html'], undefined),
            body: chunks('<p>a', 'b</p><', 'p>c</p>'),
          }
        },
      },
    )
    expect(outcome.status).toBe(203)
    expect(outcome.streamed).toEqual([...['<p seen="">aa', 'bb</p>', '<p seen="">cc</p>'], '<end>'])
  })

  test('without a body stays without', async () => {
    const outcome = await get(
      `export default { fetch: () => new HTMLRewriter().on('p', {}).transform(new Response(null, { status: 204 })) }`,
      { call: htmlOps(new RewriterSession(HTML_LIMITS)) },
    )
    expect([outcome.status, outcome.body]).toEqual([204, ''])
  })

  test('breaks where a handler throws, and its rewriter is given back', async () => {
    const session = new RewriterSession({ ...HTML_LIMITS, rewriters: 1 })
    const outcome = await get(
      `export default { async fetch() {
        const failing = new HTMLRewriter().on('p', { element() { throw new RangeError('no') } }).transform(new Response('<p>'))
        const error = await failing.text().catch((error) => error)
        return new HTMLRewriter().on('p', { element(e) { e.replace(error.name) } }).transform(new Response('<p></p>'))
      } }`,
      { call: htmlOps(session) },
    )
    expect(outcome.body).toBe('RangeError')
  })

  test('is not rewritten by a selector that is none: `on` tells, also at the top of a script', async () => {
    const outcome = await get(
      `const told = (selector) => {
        const rewriter = new HTMLRewriter()
        try { return rewriter.on(selector, { element() {} }) === rewriter ? 'taken' : 'lost' }
        catch (error) { return error.name + ' ' + error.message }
      }
      const top = [told('p > a[href^="/"]'), told('p:has(b)')]
      export default { fetch() {
        return new Response([...top, told('p'), told(''), told('x'.repeat(2000)), told(Symbol)].join('\\n'))
      } }`,
      { call: htmlOps(new RewriterSession(HTML_LIMITS)) },
    )
    expect(outcome.body.split('\n')).toEqual([
      'taken',
      expect.stringMatching(/^TypeError HTMLRewriter: .*html_bad_selector/),
      'taken',
      expect.stringMatching(/^TypeError HTMLRewriter: the selector is empty/),
      expect.stringMatching(/^TypeError HTMLRewriter: the selector is too long/),
      expect.stringMatching(/^TypeError HTMLRewriter/),
    ])
  })
})
