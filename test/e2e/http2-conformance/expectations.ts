import { Buffer } from 'node:buffer'
import { codeOf, describe, type Frame, type Http2Client } from '../../harness/http2-client.ts'
import { CODE, FLAG, TYPE } from '../../harness/http2-frames.ts'

/** Waits for what the server must do; rejects with what it did instead. */
export type Expectation = (client: Http2Client) => Promise<void>

/** What is done one after another: bytes are sent, expectations are waited for. */
export type Step = Uint8Array | ((client: Http2Client) => Uint8Array) | Expectation

/** The section it is of, what is sent, and how it goes. */
export type Case = readonly [section: string, sent: string, ...steps: readonly Step[]]

/** The server ends the connection: with a GOAWAY of one of these codes, or by leaving. */
export function connectionError(...codes: readonly number[]): Expectation {
  return ended([TYPE.goAway], codes)
}

/** The server ends the stream, or even the connection, with one of these codes. */
export function streamError(...codes: readonly number[]): Expectation {
  return ended([TYPE.goAway, TYPE.reset], codes)
}

/**
 * A stream that was answered may be reset without an error (RFC 9113, section 8.1); and what the
 * server says before it has read on is no answer to the fault.
 */
function ended(types: readonly number[], codes: readonly number[]): Expectation {
  return async (client) => {
    const came = await client.find(
      (each) => types.includes(each.type) && codeOf(each) !== CODE.none,
    )
    if (came === undefined || codes.includes(codeOf(came) ?? -1)) return
    throw new Error(`came ${describe(came)}, not code ${codes.join(' or ')}`)
  }
}

/** The connection is closed. */
export const closed: Expectation = async (client) => {
  await client.find(() => false)
}

/** A GOAWAY says why the connection ends. */
export function goneAway(code: number): Expectation {
  return wanted(
    `GOAWAY with code ${code}`,
    (each) => each.type === TYPE.goAway && codeOf(each) === code,
  )
}

/** This stream is reset, and no other. */
export function resetWith(stream: number, code: number): Expectation {
  return wanted(
    `RST_STREAM of ${stream} with code ${code}`,
    (each) => each.type === TYPE.reset && each.stream === stream && codeOf(each) === code,
  )
}

/** The answer to the request begins. */
export function answered(stream = 1): Expectation {
  return wanted(
    `HEADERS of ${stream}`,
    (each) => each.type === TYPE.headers && each.stream === stream,
  )
}

/** Some of the body comes; `length` bytes, where it is told. */
export function dataFrame(length?: number): Expectation {
  return async (client) => {
    const came = await client.find(({ type }) => type === TYPE.data)
    if (came === undefined) throw new Error('the server left before DATA')
    if (length !== undefined && came.payload.length !== length) {
      throw new Error(`came ${describe(came)} instead of ${length}`)
    }
  }
}

/** The server has said all it has to say on the stream. */
export const streamEnded: Expectation = wanted(
  'the end of a stream',
  ({ type, flags }) =>
    (type === TYPE.data || type === TYPE.headers) && (flags & FLAG.endStream) !== 0,
)

/** The first that the server says is what it has settled on (section 3.4). */
export const serverSettings: Expectation = async (client) => {
  const came = await client.next()
  if (came?.type === TYPE.settings && came.flags === 0) return
  throw new Error(`came ${came === undefined ? 'nothing' : describe(came)}`)
}

/** The settings are agreed to. */
export const settingsAck: Expectation = wanted(
  'SETTINGS with ACK',
  ({ type, flags }) => type === TYPE.settings && (flags & FLAG.ack) !== 0,
)

/** A PING comes back with what it held; no other does before. */
export function pong(payload = 'harness!'): Expectation {
  return async (client) => {
    const came = await client.find(({ type }) => type === TYPE.ping)
    if (came === undefined) throw new Error('the server left before PING')
    if (came.flags === FLAG.ack && came.payload.equals(Buffer.from(payload, 'latin1'))) return
    throw new Error(`came ${describe(came)}`)
  }
}

/** A PING comes back, or the connection is closed. */
export const pongOrClosed: Expectation = async (client) => {
  await client.find(({ type, flags }) => type === TYPE.ping && flags === FLAG.ack)
}

function wanted(what: string, is: (frame: Frame) => boolean): Expectation {
  return async (client) => {
    if ((await client.find(is)) === undefined) throw new Error(`the server left before ${what}`)
  }
}
