import type tls from 'node:tls'
import { expect } from 'vitest'
import { GET } from './raw-client.ts'
import { connectTls } from './tls-client.ts'

/** OpenSSL tells names of alerts, or numbers. */
const ALERTS = {
  'alert number 112': 'alert unrecognized name',
  'alert number 80': 'alert internal error',
}

/** Whose certificate a client is shown, or what the handshake ends with. */
export async function shown(
  port: number,
  servername: string,
  options: tls.ConnectionOptions = {},
): Promise<unknown> {
  try {
    const { client, socket } = await connectTls(port, { servername, ...options })
    expect((await client.exchange(GET('/'))).status).toBe(200)
    return socket.getPeerCertificate().subject.CN
  } catch (error) {
    const found = /alert (?:number \d+|[a-z ]+)/.exec((error as Error).message)?.[0] ?? 'refused'
    return ALERTS[found as keyof typeof ALERTS] ?? found
  }
}
