import { constant } from 'gateway/plugin'
import { underTest } from 'gateway/testing'
import { describe, expect, it } from 'vitest'
import plugin from '../../src/plugins/rewrite/index.ts'

const answerTo = (text: string, target = '/') => {
  return underTest(plugin, { directives: { return: text } }).request({ target })
}

describe('return', () => {
  it('answers with a status and a text of the type of the URI', async () => {
    const { status, text, head } = await answerTo('200 "hello, world"', '/page.html')
    expect([status, text, head?.type, head?.length]).toEqual([200, 'hello, world', 'text/html', 12])
  })

  it('has default_type where the URI has no known extension', async () => {
    expect((await answerTo('200 hello')).head?.type).toBe('text/plain')
  })

  it('counts bytes, not characters', async () => {
    const { text, head } = await answerTo('200 "Grüße"')
    expect([text, head?.length]).toEqual(['Grüße', 7])
  })

  it('fills in variables', async () => {
    expect((await answerTo('200 "$uri has $arg_x"', '/p?x=1')).text).toBe('/p has 1')
  })

  it('gives the bytes of a URI back as they were', async () => {
    expect((await answerTo('200 $uri', '/gr%C3%BC%C3%9Fe')).text).toBe('/grüße')
  })

  it('answers 204 without type and body', async () => {
    const { status, head, body } = await answerTo('204')
    expect([status, head?.type, body.length]).toEqual([204, undefined, 0])
  })

  it('answers an error without text with the page of its status', async () => {
    const { status, text, head } = await answerTo('404')
    expect([status, head?.type]).toEqual([404, 'text/html'])
    expect(text).toContain('<center><h1>404 Not Found</h1></center>')
  })

  it('answers an error with text with that text', async () => {
    expect((await answerTo('503 "back soon"')).text).toBe('back soon')
  })

  it.each([301, 302, 303, 307, 308])('redirects with %i to a path made absolute', async (code) => {
    const { status, head, text } = await answerTo(`${code} /new?x=1`)
    expect(status).toBe(code)
    expect(head?.fields.get('location')).toBe('http://localhost:8080/new?x=1')
    expect(text).toContain(`${code} `)
  })

  it('leaves a path relative with absolute_redirect off', async () => {
    const subject = underTest(plugin, {
      directives: { return: '302 /new' },
      settings: { absolute_redirect: false },
    })
    expect((await subject.request()).head?.fields.get('location')).toBe('/new')
  })

  it('redirects with 302 when only a URL is given', async () => {
    const { status, head } = await answerTo('https://example.com$request_uri', '/a?b')
    expect([status, head?.fields.get('location')]).toEqual([302, 'https://example.com/a?b'])
  })

  it('closes the connection without an answer for 444', async () => {
    const { status, head } = await answerTo('444')
    expect([status, head]).toEqual([0, undefined])
  })

  it('lets an error_page take its statuses', async () => {
    const target = constant('http://example.com/sorry')
    const subject = underTest(plugin, {
      directives: { return: '503' },
      settings: { error_page: new Map([[503, { target, answer: undefined }]]) },
    })
    const { status, head } = await subject.request()
    expect([status, head?.fields.get('location')]).toEqual([302, 'http://example.com/sorry'])
  })

  it('follows the first of several', async () => {
    const subject = underTest(plugin, { directives: { return: ['200 one', '200 two'] } })
    expect((await subject.request()).text).toBe('one')
  })

  it.each(['/relative', 'abc', '1000', '0', '99', '200x hello'])('refuses "%s"', (text) => {
    expect(() => underTest(plugin, { directives: { return: text } })).toThrow(
      'is not a return code',
    )
  })

  it('answers at once', () => {
    const subject = underTest(plugin, { directives: { return: '200 now' } })
    const x = subject.exchange()
    expect(subject.config && plugin.rewrite?.(x, subject.config)).toBe('done')
  })
})
