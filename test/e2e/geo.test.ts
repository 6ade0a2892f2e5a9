import { expect, test } from 'vitest'
import { nginx, nginxMissing } from '../harness/nginx.ts'
import { get, once, request } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

const YAML = `
http:
  geo:
    $arg_ip $net:
      default: none
      10.0.0.0/8: ten
      10.1.0.0/16: one
      10.1.2.3: host
      10.3.0.0/16: gone
      delete: 10.3.0.0/16
      0.0.0.0/1: low
      255.255.255.255: odd
      2001:db8::/32: six
      2001:db8:1::/48: longer
      ::ffff:10.0.0.0/104: mapped
    $arg_ip $range:
      ranges: on
      default: none
      10.0.0.0-10.0.0.9: a
      10.0.0.4-10.0.0.6: b
      10.4.255.0-10.6.255.255: wide
    $proxied:
      proxy: 127.0.0.0/8
      proxy: 10.0.0.0/8
      default: none
      127.0.0.1: self
      10.0.0.0/8: proxy
      1.1.1.1: far
      2001:db8::/32: six
    $all:
      - proxy: 127.0.0.0/8
      - proxy: 10.0.0.0/8
      - proxy_recursive: on
      - default: none
      - 127.0.0.1: self
      - 10.0.0.0/8: proxy
      - 1.1.1.1: far
      - 2001:db8::/32: six
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { return: 200 "$net|$range|$proxied|$all" }
`

const LINES = `
  proxy 127.0.0.0/8; proxy 10.0.0.0/8; default none;
  127.0.0.1 self; 10.0.0.0/8 proxy; 1.1.1.1 far; 2001:db8::/32 six;
`

const NGINX = `
geo $arg_ip $net {
  default none; 10.0.0.0/8 ten; 10.1.0.0/16 one; 10.1.2.3 host; 10.3.0.0/16 gone;
  delete 10.3.0.0/16; 0.0.0.0/1 low; 255.255.255.255 odd; 2001:db8::/32 six;
  2001:db8:1::/48 longer; ::ffff:10.0.0.0/104 mapped;
}
geo $arg_ip $range {
  ranges; default none; 10.0.0.0-10.0.0.9 a; 10.0.0.4-10.0.0.6 b; 10.4.255.0-10.6.255.255 wide;
}
geo $proxied { ${LINES} }
geo $all { proxy_recursive; ${LINES} }
server {
  listen 127.0.0.1:%%PORT%%;
  location / { return 200 "$net|$range|$proxied|$all"; }
}
`

test.skipIf(nginxMissing())('locates as nginx does', async () => {
  const gateway = await startGateway({ yaml: YAML })
  const theirs = await nginx(NGINX)
  const addresses = [
    '10.0.0.0',
    '10.0.0.4',
    '10.0.0.9',
    '10.0.0.10',
    '10.1.2.3',
    '10.1.2.4',
    '10.3.0.1',
    '9.0.0.1',
    '10.4.254.255',
    '10.4.255.0',
    '10.5.1.1',
    '10.7.0.0',
    '200.0.0.1',
    '255.255.255.255',
    '2001:db8::1',
    '2001:DB8:1::1',
    '2001:db9::',
    '::',
    '::ffff:10.1.2.3',
    '::10.1.2.3',
    '1::2::3',
    '',
    'x',
    '10.1.2',
    '10.1.2.3.4',
    '10.1.2.3:80',
    '[::1]',
    '010.001.2.3',
    '10.1.2.256',
  ]
  const forwarded: (string | readonly string[])[] = [
    '1.1.1.1',
    '1.1.1.1, 10.0.0.1',
    '10.0.0.1, 1.1.1.1',
    '1.1.1.1,x',
    '1.1.1.1, x, 10.0.0.1',
    '1.1.1.1:80',
    '[2001:db8::1]:80',
    '[2001:db8::1]',
    '2001:db8::1',
    '1.1.1.1 , ',
    ',1.1.1.1',
    ',10.0.0.1',
    '',
    ' , ',
    '10.0.0.1',
    '10.0.0.1, 10.0.0.2',
    '1.1.1.1:0',
    '1.1.1.1:99999',
    'x',
    '1.1.1.1 10.0.0.1',
    '1.1.1.1,, 10.0.0.1',
    ['1.1.1.1', '10.0.0.1'],
    ['10.0.0.1', '1.1.1.1'],
    ['1.1.1.1', 'x', '10.0.0.1'],
    ['1.1.1.1', ',10.0.0.1'],
  ]
  const requests = [
    ...addresses.map((address) => request(`GET /?ip=${address}`, { Connection: 'close' })),
    ...forwarded.map((value) => {
      const lines = [value]
        .flat()
        .map((each) => `X-Forwarded-For: ${each}\r\n`)
        .join('')
      return `GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${lines}\r\n`
    }),
  ]
  for (const text of requests) {
    const wanted = (await once(theirs.port(), text)).text
    expect([text, (await once(gateway.port(), text)).text]).toEqual([text, wanted])
  }
})

test('loads 100,000 networks from a file, and the workers with it', async () => {
  const lines = Array.from({ length: 100_000 }, (_, i) => {
    return `${10 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24: n${i}`
  })
  const started = performance.now()
  const gateway = await startGateway({
    yaml: `
worker_processes: 2
http:
  geo: { $arg_ip $net: { default: none, include: nets.yaml } }
  server:
    - listen: 127.0.0.1:%%PORT%%
      location:
        /: { return: 200 $net }
`,
    files: { 'nets.yaml': `${lines.join('\n')}\n` },
  })
  expect(performance.now() - started).toBeLessThan(30_000)
  for (const [address, value] of [
    ['10.0.0.1', 'n0'],
    ['10.255.255.255', 'n65535'],
    ['11.134.159.0', 'n99999'],
    ['11.134.160.0', 'none'],
  ]) {
    expect((await get(gateway.port(), `/?ip=${address}`)).text).toBe(value)
  }
}, 60_000)
