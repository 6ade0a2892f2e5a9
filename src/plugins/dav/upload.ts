import { randomBytes } from 'node:crypto'
import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Exchange, type GatewayError, openable } from 'gateway/plugin'

const NAME_BYTES = 9

/**
 * A file that is being made beside the place it goes to: it gets there by renaming, as a whole. On
 * the same file system, so that nothing has to be copied, and nobody sees a part of it.
 */
export class Upload {
  readonly #path: string
  readonly #handle: FileHandle
  #at = 0

  /** In the folder of `target`, which has to be there. */
  static async begin(target: string, access: number): Promise<Upload> {
    const name = `.${randomBytes(NAME_BYTES).toString('hex')}.upload`
    const path = `${dirname(target)}/${name}`
    const handle = await open(openable(path), 'wx', access)
    // What is asked for counts, whatever the mask of the process takes away.
    await handle.chmod(access)
    return new Upload(path, handle)
  }

  private constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  async write(chunk: Uint8Array): Promise<void> {
    let done = 0
    while (done < chunk.length) {
      const { bytesWritten } = await this.#handle.write(chunk, done, chunk.length - done, this.#at)
      done += bytesWritten
      this.#at += bytesWritten
    }
  }

  /** Puts the file in its place, with a time of change where one is told. */
  async finish(target: string, modified: number | undefined): Promise<void> {
    if (modified !== undefined) await this.#handle.utimes(modified / 1000, modified / 1000)
    await this.#handle.close()
    try {
      await rename(openable(this.#path), openable(target))
    } catch (error) {
      await unlink(openable(this.#path)).catch(() => {})
      throw error
    }
  }

  /** Leaves nothing behind. */
  async giveUp(): Promise<void> {
    await this.#handle.close().catch(() => {})
    await unlink(openable(this.#path)).catch(() => {})
  }
}

/** Writes the body of a request as it comes. Rejects with what the client or the disk has done. */
export function receive(x: Exchange, upload: Upload): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: unknown
    x.body.pour({
      data: (chunk) =>
        upload.write(chunk).catch((error) => {
          failure = error
          throw error
        }),
      end: resolve,
      fail: (error: GatewayError) => reject(failure ?? error),
    })
  })
}
