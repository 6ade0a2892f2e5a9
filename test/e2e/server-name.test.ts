import { beforeAll, expect, test } from 'vitest'
import type { Gateway } from '../harness/gateway.ts'
import { get, once } from '../harness/raw-client.ts'
import { startGateway } from '../harness/start-gateway.ts'

let gateway: Gateway

const server = (port: string, names: string, answer: string) => `
    - listen: ${port}
      server_name: ${names}
      location:
        /:
          return: 200 "${answer}"`

beforeAll(async () => {
  const port = '127.0.0.1:%%PORT%%'
  gateway = await startGateway({
    yaml: `
http:
  server:${[
    server(port, 'first.example', 'first'),
    server(port, 'www.example.com example.net', 'exact'),
    server(port, '"*.example.com"', 'before'),
    server(port, '"*.sub.example.com"', 'longer before'),
    server(port, '"mail.*"', 'after'),
    server(port, '.dot.example', 'dot, called $server_name'),
    server(port, '"~^(?<user>[a-z]+)\\\\.users\\\\.example$"', 'regex $user'),
    server(port, '"~^second(\\\\d)\\\\.users"', 'later $1'),
    server('127.0.0.1:%%PORT_1%%', 'a.example', 'a'),
    server('127.0.0.1:%%PORT_1%% default_server', 'b.example', 'b'),
    server('127.0.0.1:%%PORT_2%%', '""', 'nameless'),
    server('127.0.0.1:%%PORT_2%% default_server', 'named.example', 'named'),
  ].join('')}
`,
  })
})

test.each([
  ['first.example', 'first'],
  ['www.example.com', 'exact'],
  ['WWW.Example.COM', 'exact'],
  ['www.example.com.', 'exact'],
  ['www.example.com:8080', 'exact'],
  ['example.net', 'exact'],
  ['other.example.com', 'before'],
  ['a.b.example.com', 'before'],
  ['x.sub.example.com', 'longer before'],
  ['example.com', 'first'],
  ['mail.example.com', 'before'],
  ['mail.example.org', 'after'],
  ['dot.example', 'dot, called dot.example'],
  ['x.dot.example', 'dot, called dot.example'],
  ['xdot.example', 'first'],
  ['alice.users.example', 'regex alice'],
  ['second2.users.example', 'later 2'],
  ['nobody.example', 'first'],
  ['[::1]', 'first'],
])('%s goes to "%s"', async (host, expected) => {
  expect((await get(gateway.port(), '/', { Host: host })).text).toBe(expected)
})

test('default_server takes what no name takes, wherever it stands', async () => {
  expect((await get(gateway.port(1), '/', { Host: 'x' })).text).toBe('b')
  expect((await get(gateway.port(1), '/', { Host: 'a.example' })).text).toBe('a')
})

test('the empty name takes requests without Host', async () => {
  expect((await once(gateway.port(2), 'GET / HTTP/1.0\r\n\r\n')).text).toBe('nameless')
  expect((await get(gateway.port(2), '/', { Host: 'x' })).text).toBe('named')
})
