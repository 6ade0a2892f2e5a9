import { CODE, FLAG, FRAME, WIDEST_WINDOW } from '../../wire/http2/codes.ts'
import { ConnectionFault } from '../../wire/http2/fault.ts'
import type { Frame } from '../../wire/http2/frame-reader.ts'
import { pingFrame } from '../../wire/http2/frame-writer.ts'
import { checkPriority } from '../../wire/http2/header-block.ts'
import { readSettings, SETTINGS_ACK } from '../../wire/http2/settings.ts'
import type { Session } from './session.ts'

const PING = 8

/**
 * Takes a frame that is about the connection, or about nothing that is followed here. Throws a
 * `ConnectionFault` or a `StreamFault`.
 */
export function takeControlFrame(session: Session, frame: Frame): void {
  switch (frame.type) {
    case FRAME.settings:
      takeSettings(session, frame)
      break
    case FRAME.ping:
      takePing(session, frame)
      break
    case FRAME.priority:
      checkPriority(frame)
      break
    case FRAME.goAway:
      // The client opens no more streams, which is up to it.
      if (frame.stream !== 0) throw new ConnectionFault(CODE.protocolError, 'GOAWAY of a stream')
      break
    case FRAME.continuation:
      throw new ConnectionFault(CODE.protocolError, 'CONTINUATION of nothing')
    case FRAME.pushPromise:
      throw new ConnectionFault(CODE.protocolError, 'PUSH_PROMISE')
    // What is not known is ignored (RFC 9113 section 4.1).
  }
}

function takeSettings(session: Session, { bytes, flags, from, stream, to }: Frame): void {
  if (stream !== 0) throw new ConnectionFault(CODE.protocolError, 'SETTINGS of a stream')
  if (flags & FLAG.ack) {
    if (to > from) throw new ConnectionFault(CODE.frameSizeError, 'SETTINGS with ACK and more')
    return
  }
  const { outgoing, streams } = session
  const { peer } = outgoing
  const before = peer.window
  readSettings(bytes, from, to, peer)
  outgoing.settled()
  if (peer.window !== before) {
    for (const { output } of streams.values()) {
      if (output.window + peer.window - before > WIDEST_WINDOW) {
        throw new ConnectionFault(CODE.flowControlError, 'SETTINGS that make a window too wide')
      }
      output.widen(peer.window - before)
    }
  }
  outgoing.frame(SETTINGS_ACK)
}

function takePing(session: Session, { bytes, flags, from, stream, to }: Frame): void {
  if (stream !== 0) throw new ConnectionFault(CODE.protocolError, 'PING of a stream')
  if (to - from !== PING) throw new ConnectionFault(CODE.frameSizeError, 'PING of a wrong size')
  if (flags & FLAG.ack) session.onPong()
  else session.outgoing.frame(pingFrame(bytes.subarray(from, to), FLAG.ack))
}
