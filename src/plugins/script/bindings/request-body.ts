import { type BodyReceiver, clientClosed, type RequestBody, streamedBody } from 'gateway/plugin'
import type { FetchRequest } from '../../../../sandbox/host/fetch/fetcher.ts'
import { Upload } from '../../../../sandbox/host/fetch/upload.ts'
import type { MessageBody } from '../../../../sandbox/host/message-view.ts'

type Body = FetchRequest['body']

const NONE = new Uint8Array(0)

/** The body of a script's request, for a request made inside the gateway. */
export function bodyToSend(body: Body): Uint8Array | RequestBody {
  if (!(body instanceof Upload)) return body ?? NONE
  return streamedBody({
    pour: (receiver) => void give(body, receiver),
    discard: () => body.close(),
  })
}

/** The same for another script, which reads it. */
export function bodyToRead(body: Body): MessageBody | undefined {
  if (body instanceof Upload) return pieces(body)
  let rest = body
  return (
    body && {
      read: () => {
        const whole = rest
        rest = undefined
        return whole
      },
      cancel: () => {
        rest = undefined
      },
    }
  )
}

async function give(upload: Upload, receiver: BodyReceiver): Promise<void> {
  try {
    for await (const { buffer, byteLength, byteOffset } of upload) {
      await receiver.data(Buffer.from(buffer, byteOffset, byteLength))
    }
    receiver.end()
  } catch {
    receiver.fail(clientClosed('a script sent a request body'))
  }
}

function pieces(upload: Upload): MessageBody {
  const iterator = upload[Symbol.asyncIterator]()
  return {
    read: async () => {
      const { done, value } = await iterator.next()
      return done ? undefined : value
    },
    cancel: () => upload.close(),
  }
}
