import { describe, expect, test } from 'vitest'
import type { Listen } from '../../../src/kernel/listen/listen-directive.ts'
import { REUSE_PORT } from '../../../src/kernel/socket/binding.ts'
import { compileText, errorsIn } from '../../config/compile-text.ts'

function listens(...servers: string[]): readonly Listen[] {
  const blocks = servers.map((listen) => `    - listen: ${listen}\n`)
  return compileText(`http:\n  server:\n${blocks.join('')}`).plan.listens.map(
    ({ listen }) => listen,
  )
}

function refusal(listen: string): string {
  return errorsIn(() => listens(listen)).join('\n')
}

describe('parameters that cannot be honoured are refused, and it says why', () => {
  const refused: readonly [parameter: string, why: RegExp][] = [
    ['rcvbuf=8k', /"rcvbuf" is refused: Node cannot set the receive buffer/],
    ['sndbuf=8k', /"sndbuf" is refused: Node cannot set the send buffer/],
    ['accept_filter=dataready', /"accept_filter" is refused: accept filters exist on FreeBSD only/],
    ['deferred', /"deferred" is refused: Node cannot set TCP_DEFER_ACCEPT/],
    ['fastopen=3', /"fastopen" is refused: Node cannot set TCP_FASTOPEN/],
    ['setfib=1', /"setfib" is refused: routing tables \(SO_SETFIB\) exist on FreeBSD only/],
    ['multipath', /"multipath" is refused: Node cannot open Multipath TCP sockets/],
    ['quic', /"quic" is refused: Node has no QUIC server/],
    ['so_keepalive=1m:10:', /Node sets the idle time only/],
    ['so_keepalive=::5', /Node sets the idle time only/],
  ]
  for (const [parameter, why] of refused) {
    test(parameter, () => expect(refusal(`"127.0.0.1:80 ${parameter}"`)).toMatch(why))
  }
})

test('parameters that are accepted', () => {
  const [listen] = listens(
    '"[::1]:80 default_server backlog=100 ipv6only=off so_keepalive=30m:: bind"',
  )
  expect(listen).toMatchObject({
    key: '[::1]:80',
    defaultServer: true,
    backlog: 100,
    ipv6only: false,
    keepalive: { on: true, idle: 1800 },
  })
})

test.skipIf(REUSE_PORT === undefined)('reuseport, where Node has it and over TCP alone', () => {
  expect(listens('127.0.0.1:80 reuseport')[0]?.reuseport).toBe(true)
  expect(listens('127.0.0.1:80')[0]?.reuseport).toBeUndefined()
  expect(refusal('unix:/x.sock reuseport')).toMatch(/"reuseport" with unix:\/x.sock, which is not/)
})

test.skipIf(REUSE_PORT !== undefined)('reuseport is refused where Node has none', () => {
  expect(refusal('127.0.0.1:80 reuseport')).toContain(
    `"reuseport" is refused: Node ${process.version} cannot set SO_REUSEPORT; Node 22.12 or newer can`,
  )
})

test('of an address where one server says so, every connection has a PROXY header', () => {
  const [first] = listens('127.0.0.1:80', '127.0.0.1:80 proxy_protocol', '127.0.0.1:80')
  expect(first?.proxyProtocol).toBe(true)
  expect(listens('127.0.0.1:80')[0]?.proxyProtocol).toBe(false)
})

test('keep-alive without a time is probed after the time the system has', () => {
  expect(listens('127.0.0.1:80 so_keepalive=on')[0]?.keepalive?.idle).toBeGreaterThan(0)
  expect(listens('127.0.0.1:80 so_keepalive=off')[0]?.keepalive).toEqual({ on: false, idle: 0 })
})

describe('nonsense is refused', () => {
  const bad: readonly [listen: string, why: RegExp][] = [
    ['127.0.0.1:80 nonsense', /unknown parameter "nonsense"/],
    ['127.0.0.1:80 backlog', /unknown parameter "backlog"/],
    ['127.0.0.1:80 backlog=0', /backlog "0" is not between 1 and 65535/],
    ['127.0.0.1:80 ipv6only=on', /"ipv6only" with 127.0.0.1:80, which is not IPv6/],
    ['unix:/x.sock so_keepalive=on', /"so_keepalive" with unix:\/x.sock, which is not TCP/],
    ['127.0.0.1:80 so_keepalive=yes', /so_keepalive "yes" is not on, off or idle:interval:count/],
    ['"127.0.0.1:80 so_keepalive=0::"', /an idle time of 0 seconds/],
    ['[127.0.0.1:80, 127.0.0.1:80]', /a duplicate listen 127.0.0.1:80/],
  ]
  for (const [listen, why] of bad) {
    test(listen, () => expect(refusal(listen)).toMatch(why))
  }
})

test('servers on one address share it; options are written with one of them', () => {
  const [listen, ...others] = listens('127.0.0.1:80', '127.0.0.1:80 backlog=7', '127.0.0.1:80')
  expect(others).toEqual([])
  expect(listen?.backlog).toBe(7)
  expect(errorsIn(() => listens('127.0.0.1:80 backlog=7', '127.0.0.1:80 backlog=8'))).toEqual([
    expect.stringContaining('duplicate listen options for 127.0.0.1:80'),
  ])
  expect(errorsIn(() => listens('127.0.0.1:80 default_server', '127.0.0.1:80 default'))).toEqual([
    expect.stringContaining('a duplicate default server for 127.0.0.1:80'),
  ])
})
