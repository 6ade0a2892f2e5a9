import { expect, test } from 'vitest'
import { besideNginx } from '../harness/beside-nginx.ts'
import { nginxMissing } from '../harness/nginx.ts'
import { get } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const SERVER = `
location /text { error_page 302 /page; return 302 "text"; }
location /path { error_page 302 /page; return 302 "/elsewhere"; }
location /named { error_page 301 @page; return 301 "/elsewhere"; }
location /changed { error_page 302 =200 /page; return 302 "/elsewhere"; }
location /again { error_page 302 /other; return 302 "/elsewhere"; }
location /out { error_page 302 http://out.example/; return 302 "/elsewhere"; }
location /refused { error_page 405 /other; return 405; }
location /page { return 200 "page"; }
location @page { return 200 "page"; }
location /other { return 301 /third; }
location /empty { error_page 405 /nothing; return 405; }
location /nothing { return 204; }
`

const PATHS: readonly (readonly [path: string, status: number, location: string | undefined])[] = [
  ['/text', 302, 'text'],
  ['/path', 302, 'http://localhost:PORT/elsewhere'],
  ['/named', 301, 'http://localhost:PORT/elsewhere'],
  ['/changed', 200, 'http://localhost:PORT/elsewhere'],
  ['/again', 301, 'http://localhost:PORT/third'],
  ['/out', 302, 'http://out.example/'],
  ['/refused', 301, 'http://localhost:PORT/third'],
  ['/empty', 405, undefined],
]

test('a page that has no body is an empty one under the status it stands for', async () => {
  const gateway = await startGateway({
    yaml: `
http:
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /empty: { error_page: 405 /nothing, return: 405 }
        /nothing: { return: 204 }
`,
  })
  const { headers, status, text } = await get(gateway.port(), '/empty')
  expect([status, text, headers.get('content-length')]).toEqual([405, '', '0'])
  expect((await get(gateway.port(), '/nothing')).headers.has('content-length')).toBe(false)
})

test.skipIf(nginxMissing())('where an answer leads holds for its page, as with nginx', async () => {
  const pair = await besideNginx(SERVER)
  for (const [path, status, location] of PATHS) {
    const { ours, theirs } = await pair.ask(path, 0, { headers: { Host: 'localhost' } })
    expect([path, ours]).toEqual([path, theirs])
    expect([path, ours.status, ours.location]).toEqual([path, status, location])
  }
})
