import { DEFAULT_WINDOW } from '../../wire/http2/codes.ts'
import { windowFrame } from '../../wire/http2/frame-writer.ts'
import { settingsFrame } from '../../wire/http2/settings.ts'
import type { Session } from './session.ts'

/** Says what a client must know first; `bodies`: how many full ones may be on their way at a time. */
export function greet({ connection, outgoing, settings }: Session, bodies: number): void {
  const { large_client_header_buffers } = connection.plan.servers.default.settings
  outgoing.frame(
    settingsFrame({
      maxConcurrentStreams: settings.http2_max_concurrent_streams,
      window: settings.http2_body_preread_size,
      maxHeaderListSize: large_client_header_buffers.count * large_client_header_buffers.size,
    }),
  )
  outgoing.frame(windowFrame(0, settings.http2_recv_buffer_size * bodies - DEFAULT_WINDOW))
}
