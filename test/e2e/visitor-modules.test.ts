import { beforeAll, describe, expect, test } from 'vitest'
import { runCommand } from '../harness/command.ts'
import type { Gateway } from '../harness/gateway.ts'
import { nginxMissing } from '../harness/nginx.ts'
import { get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'
import { type Twins, twins, type Whole } from '../harness/twins.ts'
import { Workspace } from '../harness/workspace.ts'

// Who asks: userid and browser beside nginx; cors.

const COOKIE = 'CgECA1xhYmNkZWZnaGlqAgMDAwI='
const SEEN = 'add_header X-Got $uid_got; add_header X-Set "$uid_set";'

const SERVER = `
  location /u/ { return 200 ok; userid on; ${SEEN} userid_service 4294967295;
    location /u/full/ { return 200 ok; ${SEEN} userid_name id; userid_domain example.com; userid_path /p; userid_expires max;
      userid_p3p CP=NOI; userid_flags secure httponly samesite=strict; userid_service 7; }
    location /u/v1/ { return 200 ok; ${SEEN} userid v1; userid_service 9; }
    location /u/log/ { return 200 ok; ${SEEN} userid log; }
    location /u/off/ { return 200 ok; ${SEEN} userid off; }
    location /u/mark/ { return 200 ok; ${SEEN} userid_mark t; userid_expires 1d; }
    location /u/reset/ { set $uid_reset 1; return 200 ok; ${SEEN} }
    location /u/404/ { return 404; ${SEEN} } }
  location /b/ { modern_browser msie 5.5; modern_browser gecko 1.0.0; modern_browser opera 9.0; modern_browser safari 413; modern_browser konqueror 3.0;
    ancient_browser Links Lynx netscape4; modern_browser_value new; ancient_browser_value old.; return 200 "[$modern_browser|$ancient_browser|$msie]"; }
  location /b/no-opera/ { modern_browser msie 5.5; return 200 "[$modern_browser|$ancient_browser|$msie]"; }
  location /b/unlisted/ { modern_browser unlisted; modern_browser gecko 1.5; ancient_browser Lynx; return 200 "[$modern_browser|$ancient_browser|$msie]"; }
  location /b2/ { ancient_browser Lynx; modern_browser unlisted; return 200 "[$modern_browser|$ancient_browser|$msie]"; }
  location /b3/ { return 200 "[$modern_browser|$ancient_browser|$msie]"; }
`

let pair: Twins

beforeAll(async () => {
  if (nginxMissing() === undefined) pair = await twins(SERVER)
})

/** Identifiers are of each server’s own. */
const shape = ({ status, fields }: Whole) => ({
  status,
  fields: fields.map((field) =>
    field
      .replace(/(x-set: \w+)=[0-9A-F]{32}/, '$1=HEX')
      .replace(/(uid|id)=[A-Za-z0-9+/]{22}/, '$1=IDENTIFIER')
      .replace(/\d\d:\d\d:\d\d GMT/, 'TIME'),
  ),
})

describe.skipIf(nginxMissing())('as nginx does', () => {
  const places = ['/u/', '/u/full/', '/u/v1/', '/u/log/', '/u/off/', '/u/mark/', '/u/404/']
  test.each([...places, '/u/reset/'])('%s knows clients again', async (place) => {
    for (const Cookie of [
      undefined,
      `uid=${COOKIE}`,
      `id=${COOKIE}`,
      `other=1; UID=${COOKIE}; uid=x`,
      `uid=${COOKIE.slice(0, 22)}t=`,
      'uid=short',
      'uid=!!!!!!!!!!!!!!!!!!!!!!!!!!',
      'uid=',
    ]) {
      const { ours, theirs } = await pair.ask(place, { headers: Cookie ? { Cookie } : {} })
      expect(shape(ours)).toEqual(shape(theirs))
    }
  })

  test('identifiers hold the service, the time and the process', async () => {
    const hex = async (place: string) => {
      const { ours, theirs } = await pair.ask(place)
      return [ours, theirs].map(({ fields }) => {
        return fields.find((each) => each.startsWith('x-set:'))?.split('=')[1] ?? ''
      })
    }
    for (const place of ['/u/v1/', '/u/full/']) {
      const [ours = '', theirs = ''] = await hex(place)
      expect(ours.slice(0, 8)).toBe(theirs.slice(0, 8))
      expect(ours.length).toBe(32)
      const [again = ''] = await hex(place)
      expect(again).not.toBe(ours)
    }
  })

  test.each([
    undefined,
    'Mozilla/5.0 (X11; U; Linux i686; en-US; rv:1.0.0) Gecko/20020610',
    'Mozilla/5.0 (X11; U; Linux i686; en-US; rv:0.9.9) Gecko/20020610',
    'Mozilla/5.0 (Windows; U; Windows NT 5.1; rv:1.8.1) Gecko Firefox/2.0',
    'Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1)',
    'Mozilla/4.0 (compatible; MSIE 5.0; Windows NT 5.1)',
    'Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.0; en) Opera 8.0',
    'Opera/9.01 (X11; FreeBSD 6 i386; U; en)',
    'Opera/8.0 (Windows NT 5.1; U; ru)',
    'Mozilla/5.0 (Macintosh; U; PPC Mac OS X; en) AppleWebKit/418 (KHTML, like Gecko) Safari/417.9.3',
    'Mozilla/5.0 (Macintosh; U; PPC) AppleWebKit/125.2 (KHTML, like Gecko) Safari/125.7',
    'Mozilla/5.0 (compatible; Konqueror/3.5; FreeBSD) KHTML/3.5.1 (like Gecko)',
    'Mozilla/4.72 [en] (X11; U; Linux)',
    'Lynx/2.8.5rel.1',
    'Links (2.1)',
    'curl/8.0',
    '',
  ])('the browser %s', async (agent) => {
    const headers: Record<string, string> = agent === undefined ? {} : { 'User-Agent': agent }
    for (const place of ['/b/', '/b/no-opera/', '/b/unlisted/', '/b2/', '/b3/']) {
      const { ours, theirs } = await pair.ask(place, { headers })
      expect([place, ours]).toEqual([place, theirs])
    }
  })
})

describe('pages of other origins', () => {
  let gateway: Gateway
  beforeAll(async () => {
    gateway = await startGateway({
      yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      cors_allow_origins: https://app.example.com https://*.example.org ~^http://localhost:\\d+$
      cors_allow_methods: GET PUT
      cors_allow_headers: X-Token Content-Type
      cors_expose_headers: X-Total
      cors_allow_credentials: on
      cors_max_age: 10m
      add_header: Access-Control-Allow-Origin made-elsewhere
      location:
        /: { notice: page.txt }
        /closed/: { deny: all, notice: page.txt }
        /any/: { cors_allow_origins: "*", cors_allow_credentials: "off", cors_allow_headers: "*", notice: page.txt }
        /off/: { cors_allow_origins: "off", notice: page.txt }
`,
      files: { 'page.txt': 'page' },
    })
  })
  const ask = async (path: string, headers: Record<string, string>, method = 'GET') => {
    const line = request(`${method} ${path}`, { Connection: 'close', ...headers })
    const { status, headers: fields } = await once(gateway.port(), line)
    const said = fields.lines.filter(([name]) => /^(access-control|vary)/i.test(name))
    const names = [...new Set(said.map(([name]) => name.toLowerCase()))]
    const values = names.map((name) => [name, fields.all(name).join(', ')])
    return { status, said: Object.fromEntries(values) }
  }
  const preflight = (origin: string, method = 'PUT', fields = '') => ({
    Origin: origin,
    'Access-Control-Request-Method': method,
    ...(fields && { 'Access-Control-Request-Headers': fields }),
  })

  test.each([
    'https://app.example.com',
    'https://a.example.org',
    'https://a.b.example.org',
    'http://localhost:3000',
  ])('%s may read', async (origin) => {
    expect(await ask('/', { Origin: origin })).toEqual({
      status: 200,
      said: {
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'X-Total',
        vary: 'Origin',
      },
    })
  })

  test.each([
    'https://evil.com',
    'http://app.example.com',
    'https://app.example.com:8443',
    'https://example.org',
    'https://evilexample.org',
    'https://app.example.com.evil.com',
    'http://localhost:3000.evil.com',
    'null',
  ])('%s may not', async (origin) => {
    expect(await ask('/', { Origin: origin })).toEqual({ status: 200, said: { vary: 'Origin' } })
    expect(await ask('/', preflight(origin), 'OPTIONS')).toMatchObject({ status: 403 })
  })

  test('what browsers ask before is answered, also where a password is needed', async () => {
    const headers = preflight('https://app.example.com', 'PUT', 'content-type, x-token')
    for (const path of ['/', '/closed/']) {
      expect(await ask(path, headers, 'OPTIONS')).toEqual({
        status: 204,
        said: {
          'access-control-allow-origin': 'https://app.example.com',
          'access-control-allow-credentials': 'true',
          'access-control-allow-methods': 'GET, PUT',
          'access-control-allow-headers': 'X-Token, Content-Type',
          'access-control-max-age': '600',
          vary: 'Access-Control-Request-Method, Access-Control-Request-Headers, Origin',
        },
      })
    }
  })

  test('what is not allowed is refused', async () => {
    const origin = 'https://app.example.com'
    for (const headers of [
      preflight(origin, 'DELETE'),
      preflight(origin, 'PUT', 'x-other'),
      preflight(origin, 'PUT', 'bad name'),
      preflight(origin, 'PUT', Array(65).fill('x-token').join(',')),
    ]) {
      expect((await ask('/', headers, 'OPTIONS')).status).toBe(403)
    }
  })

  test('all may, where all may; and an OPTIONS of no browser is nobody’s business', async () => {
    expect((await ask('/any/', { Origin: 'https://evil.com' })).said).toEqual({
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'X-Total',
    })
    const asked = await ask('/any/', preflight('https://evil.com', 'GET', 'x-a'), 'OPTIONS')
    expect(asked.said).toMatchObject({ 'access-control-allow-headers': 'x-a' })
    expect((await ask('/', {}, 'OPTIONS')).status).toBe(200)
    expect((await get(gateway.port(), '/off/', { Origin: 'https://evil.com' })).status).toBe(200)
  })
})

test('wrong arguments are refused', async () => {
  const files = new Workspace('visitor-modules')
  const said = async (text: string) => {
    files.write('bad.yaml', `http: { server: [ location: { /: { ${text} } } ] }\n`)
    return (await runCommand(['-t', '-c', files.path('bad.yaml')])).stderr
  }
  expect(await said('userid_mark: ab')).toContain('single letter, digit or "="')
  expect(await said('userid_flags: shiny')).toContain('invalid value "shiny"')
  expect(await said('modern_browser: ie 5')).toContain('unknown browser name "ie"')
  expect(await said('modern_browser: msie x')).toContain('invalid browser version "x"')
  expect(await said('cors_allow_origins: "*", cors_allow_credentials: "on"')).toContain(
    'not for all origins',
  )
  expect(await said('cors_allow_origins: example.com')).toContain('"example.com" is no origin')
})
