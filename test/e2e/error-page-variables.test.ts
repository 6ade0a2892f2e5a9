import { beforeAll, describe, expect, test, vi } from 'vitest'
import { besideNginx, type More, type Pair } from '../harness/beside-nginx.ts'
import { type HttpOrigin, httpOrigin } from '../harness/http-origin.ts'
import { nginxMissing } from '../harness/nginx.ts'
import { freePort } from '../harness/ports.ts'

// Two servers are started, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const ECHO = 'add_header X-Echo "$request_method $uri $args $status" always;'

describe.skipIf(nginxMissing())('error_page, as nginx has it', () => {
  let pair: Pair
  let origin: HttpOrigin

  beforeAll(async () => {
    origin = await httpOrigin(({ target, headers }) => ({
      status: Number(headers.get('x-status') ?? 200),
      headers: [['WWW-Authenticate', 'Basic realm="x"']],
      body: target,
    }))
    const nobody = `http://127.0.0.1:${await freePort()}`
    const peer = `http://${origin.address}`
    const pages = `
      location /x { ${ECHO} return 200 "x $uri $args"; }
      location /r3 { ${ECHO} return 200 "third"; }
      location @named { ${ECHO} return 200 "named $uri"; }
      location @again { proxy_pass ${peer}; }
      location /vars { error_page 404 =200 /x$uri; return 404; }
      location /vars-kept { error_page 404 403 /x$uri; return 403; }
      location /args { error_page 404 =200 /x$uri?from=$args; return 404; }
      location /static-args { error_page 404 =200 /x?a=b; return 404; }
      location /status { error_page 404 403 =200 /x/$status; return 403; }
      location /status-kept { error_page 404 403 /x/$status; return 403; }
      location /status-target { error_page 403 = /x/$status; return 403; }
      location /var-named { set $to @named; error_page 404 = $to; return 404; }
      location /var-empty { error_page 404 $arg_to; return 404; }
      location /named { error_page 500 502 @named; proxy_pass ${nobody}; }
      location /named-200 { error_page 500 502 =200 @named; proxy_pass ${nobody}; }
      location /named-target { error_page 500 502 = @named; proxy_pass ${nobody}; }
      location /no-named { error_page 404 @nowhere; return 404; }
      location /teapot { return 418 tea; }
      location /target { error_page 404 = /teapot; return 404; }
      location /url { error_page 404 http://$host/gone$uri?from=$request_uri; return 404; }
      location /url-301 { error_page 404 =301 https://example.com$uri; return 404; }
      location /url-200 { error_page 404 =200 https://example.com$uri; return 404; }
      location /url-target { error_page 404 = https://example.com$uri; return 404; }
      location /url-scheme { error_page 404 $scheme://$http_host/; return 404; }
      location /again { error_page 502 = @again; proxy_pass ${nobody}; }
      location /intercept {
        proxy_intercept_errors on; proxy_pass ${peer}; error_page 404 = @other; error_page 403 /r2;
      }
      location @other {
        proxy_intercept_errors on; proxy_pass ${peer}; proxy_set_header X-Status 500;
        error_page 500 /r3;
      }
      location /413 { client_max_body_size 1; error_page 413 /x$uri; }
      location /413-named { client_max_body_size 1; error_page 413 = @named; }
      location /413-again { client_max_body_size 1; error_page 413 = @again; }
      location /401 { error_page 401 /x$uri; proxy_intercept_errors on; proxy_pass ${peer}; }
      location /r1 { error_page 404 /r2; return 404; }
      location /r2 { error_page 403 /r3; return 403; }
      location /r2-same { error_page 404 /r2-same; error_page 500 /r3; return 404; }
      location /loop { error_page 404 /loop; return 404; }
      location /named-loop { error_page 404 @loop; return 404; }
      location @loop { error_page 404 @loop; return 404; }
      location /off-on { recursive_error_pages off; error_page 404 /on; return 404; }
      location /on { recursive_error_pages on; error_page 403 /r3; return 403; }
      location /on-off { recursive_error_pages on; error_page 404 /off; return 404; }
      location /off { recursive_error_pages off; error_page 403 /to-500; return 403; }
      location /to-500 { error_page 500 /r3; return 500; }
      location /inner { error_page 404 /x; location /inner/own { error_page 403 /r3; return 404; } return 404; }
    `
    pair = await besideNginx([pages, `recursive_error_pages on; ${pages}`])
  })

  const cases: [string, More?][] = [
    ['/vars/a'],
    ['/vars/a%20b%3Fc=d?e=f'],
    ['/vars/%2e%2e/x'],
    ['/vars-kept/a'],
    ['/args?a=b'],
    ['/static-args?c=d'],
    ['/status'],
    ['/status-kept'],
    ['/status-target'],
    ['/var-named'],
    ['/var-empty?to=/x'],
    ['/var-empty?to=http://elsewhere.example/'],
    ['/named/a'],
    ['/named/a', { method: 'POST', body: 'abc' }],
    ['/named-200/a'],
    ['/named-target/a'],
    ['/no-named'],
    ['/target'],
    ['/url/a%20b?c=d'],
    ['/url-301/a'],
    ['/url-200/a'],
    ['/url-target/a'],
    ['/url-scheme', { headers: { Host: 'www.example.com' } }],
    ['/vars/a', { method: 'POST', body: 'abc' }],
    ['/vars/a', { method: 'HEAD' }],
    ['/intercept', { headers: { 'X-Status': '404' } }],
    ['/intercept', { headers: { 'X-Status': '403' } }],
    ['/intercept', { headers: { 'X-Status': '500' } }],
    ['/401', { headers: { 'X-Status': '401' } }],
    ['/413', { method: 'POST', body: 'abc' }],
    ['/413-named', { method: 'POST', body: 'abc' }],
    ['/413-again', { method: 'POST', body: 'abc' }],
    ['/r1'],
    ['/r2'],
    ['/r2-same'],
    ['/loop'],
    ['/named-loop'],
    ['/off-on'],
    ['/on-off'],
    ['/inner/a'],
    ['/inner/own'],
  ]

  test.each(cases)('%s %j', async (target, more) => {
    for (const server of [0, 1]) {
      const { ours, theirs } = await pair.ask(target, server, more)
      expect([server, ours]).toEqual([server, theirs])
    }
  })

  test('a named location asks another upstream with the body', async () => {
    origin.takeRequests()
    await pair.ask('/again', 0, { method: 'POST', body: 'abc' })
    const [ours, theirs] = origin.takeRequests()
    const seen = (each: typeof ours) => [each?.method, each?.target, each?.body.toString()]
    expect(seen(ours)).toEqual(['POST', '/again', 'abc'])
    expect(seen(ours)).toEqual(seen(theirs))
  })
})
