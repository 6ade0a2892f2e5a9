import { describe, expect, it } from 'vitest'
import type { Client } from '../../src/kernel/exchange/client.ts'
import { makeExchange } from './hand-made-exchange.ts'
import { makeServer, type ServerParts } from './hand-made-plan.ts'

function absolute(
  path: string,
  settings: ServerParts['settings'] = {},
  client: Partial<Client> = {},
  host = 'host.example',
) {
  const server = makeServer({ name: 'first.example', settings })
  return makeExchange(server, { host, client: client as Client }).x.absolute(path)
}

describe('the URL of a redirect', () => {
  it('names scheme, host and port of the request', () => {
    expect(absolute('/a?b')).toBe('http://host.example:8080/a?b')
    expect(absolute('/a', {}, { secure: true })).toBe('https://host.example:8080/a')
  })

  it('leaves out the usual port', () => {
    expect(absolute('/a', {}, { localPort: 80 })).toBe('http://host.example/a')
    expect(absolute('/a', {}, { localPort: 443, secure: true })).toBe('https://host.example/a')
    expect(absolute('/a', {}, { localPort: 443 })).toBe('http://host.example:443/a')
  })

  it('is the path alone where absolute_redirect is off', () => {
    expect(absolute('/a', { absolute_redirect: false })).toBe('/a')
  })

  it('names no port where port_in_redirect is off', () => {
    expect(absolute('/a', { port_in_redirect: false })).toBe('http://host.example/a')
  })

  it('names the server where server_name_in_redirect is on', () => {
    expect(absolute('/a', { server_name_in_redirect: true })).toBe('http://first.example:8080/a')
  })

  it('names the address where the request has no host', () => {
    expect(absolute('/a', {}, {}, '')).toBe('http://192.0.2.2:8080/a')
    expect(absolute('/a', {}, { localAddress: '2001:db8::1' }, '')).toBe(
      'http://[2001:db8::1]:8080/a',
    )
    expect(absolute('/a', {}, { localAddress: 'unix:', localPort: 0 }, '')).toBe(
      'http://localhost/a',
    )
  })

  it('that is one already stays as it is', () => {
    expect(absolute('https://other.example/')).toBe('https://other.example/')
  })

  it('does not lead elsewhere by a path of two slashes', () => {
    expect(absolute('//evil.example/')).toBe('http://host.example:8080//evil.example/')
  })
})
