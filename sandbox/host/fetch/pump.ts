import type { MessageBody } from '../message-view.ts'
import type { Upload } from './upload.ts'

/**
 * Writes a body that is at the host into an upload, as fast as that is taken. Where either breaks,
 * so does the other: half a body must not look like a whole one.
 */
export async function pump(body: MessageBody, upload: Upload): Promise<void> {
  try {
    for (let chunk = await body.read(); chunk; chunk = await body.read()) await upload.write(chunk)
    await upload.write(undefined)
  } catch {
    upload.close()
    body.cancel()
  }
}
