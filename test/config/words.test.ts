import { describe, expect, test } from 'vitest'
import { nginxWords, whyNotHere } from '../../src/config/words/foreign.ts'
import { idleDirectives } from '../../src/config/words/idle.ts'
import { idleUses } from '../../src/config/words/idle-uses.ts'
import { NGINX_WORDS } from '../../src/config/words/nginx-words.ts'
import { flag } from '../../src/kernel/directive/readers.ts'
import { definePlugin } from '../../src/kernel/plugin-record.ts'
import { compileServer, compileText, errorsIn } from './compile-text.ts'

describe('a word of nginx that is not here', () => {
  test.each<[word: string, why: string]>([
    ['uwsgi_pass', 'it needs uWSGI, which the gateway does not have yet'],
    ['grpc_pass', 'it needs gRPC, which the gateway does not have yet'],
    ['proxy_cache', 'it needs the cache, which the gateway does not have yet'],
    ['fastcgi_cache_path', 'it needs the cache, which the gateway does not have yet'],
    ['js_content', 'it needs njs; write a script or a plugin (guide "From njs")'],
    [
      'xslt_stylesheet',
      'there is no library for XSLT that is free, whole and runs on Node 20 (decision 0024)',
    ],
    ['keyval', "it is of nginx's commercial edition"],
  ])('%s is an error with its reason', (word, why) => {
    expect(errorsIn(() => compileServer(`${word}: x`))).toEqual([
      `4:7 unknown directive "${word}" (${why})`,
    ])
  })

  test('is told by its own module where several have it', () => {
    expect(nginxWords().get('resolver')).toBe('ngx_http_core_module')
    expect(whyNotHere('load_module')).toMatch(/^modules of nginx are machine code/)
  })

  test('has a reason, whichever it is; what nginx does not have has none', () => {
    for (const [word] of nginxWords()) expect(whyNotHere(word), word).toMatch(/^[a-zA-Z].{10,}/)
    expect(whyNotHere('listn')).toBeUndefined()
  })

  test('every module is told', () => {
    for (const [module, words] of Object.entries(NGINX_WORDS)) {
      for (const word of words.trim().split(/\s+/)) {
        expect(word, module).toMatch(/^[a-z0-9_]+$/)
        expect(nginxWords().has(word)).toBe(true)
      }
    }
  })
})

describe('a word without meaning', () => {
  test('is accepted, and listed with its place and the reason', () => {
    const text = `pcre_jit: on
http:
  sendfile: on
  server:
    - location:
        /: { aio: threads=one, open_file_cache: max=10 inactive=5s }
`
    expect(idleUses(compileText(text).main)).toEqual([
      '/conf/gateway.yaml:1:1: "pcre_jit" has no meaning here: regular expressions are compiled by the engine of JavaScript',
      '/conf/gateway.yaml:3:3: "sendfile" has no meaning here: files are read by Node, small ones at once, larger ones in pieces of output_buffers',
      expect.stringMatching(/:6:14: "aio" has no meaning here: /),
      expect.stringMatching(/:6:32: "open_file_cache" has no meaning here: /),
    ])
  })

  test.each<[text: string, error: RegExp]>([
    ['sendfile: maybe', /neither "on" nor "off"/],
    ['aio: sometimes', /invalid value "sometimes"/],
    ['sendfile_max_chunk: much', /is not a size/],
    ['pcre_jit: on', /"pcre_jit" directive is not allowed here/],
    ['sendfile: [on, off]', /invalid number of arguments/],
  ])('is checked all the same: %s', (text, error) => {
    expect(errorsIn(() => compileServer(text))).toEqual([expect.stringMatching(error)])
  })

  test('is of nginx, each, and tells why', () => {
    for (const [word, { idle, doc }] of Object.entries(idleDirectives)) {
      expect(nginxWords().has(word), word).toBe(true)
      expect(doc).toBe(`Accepted, and without meaning here: ${idle}.`)
    }
  })

  test('has one as soon as a plugin gives it one', () => {
    const sendfile = flag({ in: ['http', 'server'], default: false, doc: '' })
    const plugin = definePlugin({ name: 'sender', directives: { sendfile } })
    expect(idleUses(compileServer('sendfile: on', [plugin]).main)).toEqual([])
  })
})
