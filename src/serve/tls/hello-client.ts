import type { Client, TlsFacts } from '../../kernel/exchange/client.ts'
import type { ClientHello } from '../../wire/tls/client-hello.ts'

/** Labels with dots between them: nothing that leads out of a folder. */
const NAME = /^[\w-]+(?:\.[\w-]+)*$/

/** A client of which no more is known over TLS than what it says first. */
export function helloClient(client: Client, hello: ClientHello): Client {
  const { acceptedAt, address, localAddress, localPort, pipelined, port } = client
  const { proxyProtocol, requests, serial } = client
  const tls: TlsFacts = {
    serverName: askedName(hello),
    protocol: '',
    cipher: '',
    ciphers: hello.ciphers,
    groups: hello.groups,
    alpn: '',
    reused: false,
    sessionId: '',
    certificate: undefined,
    verified: 'NONE',
  }
  return {
    acceptedAt,
    address,
    localAddress,
    localPort,
    pipelined,
    port,
    proxyProtocol,
    requests,
    secure: true,
    serial,
    tls,
  }
}

/** In lower case, and only where it is a name: files are found by it. */
function askedName({ serverName }: ClientHello): string | undefined {
  const name = serverName?.toLowerCase().replace(/\.$/, '')
  return name !== undefined && NAME.test(name) ? name : undefined
}
