import { constants } from 'node:fs'
import { type FileHandle, open, unlink } from 'node:fs/promises'
import { type GatewayError, tempFileFailed } from '../../base/errors.ts'
import { codeOf, describeSystemError } from '../../base/system-error.ts'
import type { TempFolder } from './temp-folder.ts'

const { O_CREAT, O_EXCL, O_RDWR } = constants
const MODE = 0o600
/** Names that are tried while somebody else has them. */
const TRIES = 100

/**
 * What becomes of a file: `unnamed` ones lose their name at once, so that nothing is left of them
 * whoever is killed; `removed` ones have it until they are closed; `kept` ones for good.
 */
export type Fate = 'unnamed' | 'removed' | 'kept'

/** A temporary file. What is done with it is done off the event loop; it throws `GatewayError`s. */
export class TempFile {
  /** Absolute. Of an unnamed file the name it had. */
  readonly name: string
  readonly #handle: FileHandle
  readonly #fate: Fate
  #closed = false

  static async create(folder: TempFolder, fate: Fate): Promise<TempFile> {
    let name = ''
    let handle: FileHandle | undefined
    for (let tries = 1; !handle; tries++) {
      name = folder.newName(fate === 'kept' ? 'kept' : 'owned')
      try {
        handle = await openNew(name, folder)
      } catch (error) {
        if (codeOf(error) !== 'EEXIST' || tries === TRIES) throw failed('open()', name, error)
      }
    }
    const file = new TempFile(name, handle, fate)
    if (fate === 'unnamed') await file.#unlink()
    return file
  }

  private constructor(name: string, handle: FileHandle, fate: Fate) {
    this.name = name
    this.#handle = handle
    this.#fate = fate
  }

  /** Writes some of these chunks at a place; returns how many bytes. */
  async write(chunks: readonly Buffer[], at: number): Promise<number> {
    try {
      const { bytesWritten } = await this.#handle.writev(chunks, at)
      return bytesWritten
    } catch (error) {
      throw failed('pwritev()', this.name, error)
    }
  }

  /** Reads what stands from a place on until the memory is full. */
  async read(memory: Buffer, at: number): Promise<void> {
    let done = 0
    while (done < memory.length) {
      const bytes = await this.#readSome(memory, done, at)
      // Somebody else has cut a file that has a name.
      if (bytes === 0) throw tempFileFailed('pread()', this.name, '(the file became shorter)')
      done += bytes
    }
  }

  async #readSome(memory: Buffer, done: number, at: number): Promise<number> {
    try {
      const { bytesRead } = await this.#handle.read(memory, done, memory.length - done, at + done)
      return bytesRead
    } catch (error) {
      throw failed('pread()', this.name, error)
    }
  }

  /** Closes it once what is under way is done. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    // Nothing is left that could be told of a failure, and nothing to be done about it.
    this.#handle.close().catch(() => {})
    if (this.#fate === 'removed') unlink(this.name).catch(() => {})
  }

  async #unlink(): Promise<void> {
    try {
      await unlink(this.name)
    } catch (error) {
      this.close()
      throw failed('unlink()', this.name, error)
    }
  }
}

async function openNew(name: string, folder: TempFolder): Promise<FileHandle> {
  try {
    return await open(name, O_RDWR | O_CREAT | O_EXCL, MODE)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || folder.levels.length === 0) throw error
    folder.makeLevels(name)
    return await open(name, O_RDWR | O_CREAT | O_EXCL, MODE)
  }
}

function failed(call: string, name: string, error: unknown): GatewayError {
  return tempFileFailed(call, name, describeSystemError(error))
}
