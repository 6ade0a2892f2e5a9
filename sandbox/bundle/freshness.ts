import { join } from 'node:path'
import type { Origin } from './files.ts'
import { Folder, type Look, lookAt, type Stamp, stampOf } from './folder.ts'
import type { BuildOrder, Evidence, Input } from './messages.ts'
import { sha256 } from './sealed-file.ts'

/** Evidence as it is kept in a file. */
export interface KeptEvidence {
  readonly inputs: readonly Input[]
  readonly looks: Readonly<Record<Origin, readonly (readonly [string, Look])[]>>
}

/**
 * A file that changed this shortly before it was read may have changed once more since, within the
 * same tick of the file system's clock. In milliseconds.
 */
const SETTLING = 1000
const NANOSECONDS = 1_000_000n

/** Evidence in the form in which it is kept. */
export function keep({ inputs, looks }: Evidence): KeptEvidence {
  return { inputs, looks: { script: [...looks.script], packages: [...looks.packages] } }
}

/** The folders of an order; undefined where one is gone. */
export function foldersOf(
  order: BuildOrder,
): Readonly<Record<Origin, Folder | undefined>> | undefined {
  try {
    return {
      script: new Folder(order.folder),
      packages: order.packages === undefined ? undefined : new Folder(order.packages),
    }
  } catch {
    return undefined
  }
}

/**
 * The evidence as it is today, when it still holds: what was absent is absent, links lead where
 * they led, files have the same bytes. Files are read only where their stamp does not prove it:
 * every change of a file changes its `ctime`, which nobody can set.
 */
export function renew(order: BuildOrder, kept: KeptEvidence): KeptEvidence | undefined {
  const folders = foldersOf(order)
  if (!folders) return undefined
  for (const origin of ['script', 'packages'] as const) {
    const path = folders[origin]?.path ?? ''
    if (!kept.looks[origin].every(([each, look]) => lookAt(join(path, each)) === look))
      return undefined
  }
  let isSame = true
  const inputs: Input[] = []
  for (const input of kept.inputs) {
    const today = renewInput(folders[input.origin], input, order.limits.fileSize)
    if (!today) return undefined
    isSame &&= today === input
    inputs.push(today)
  }
  return isSame ? kept : { ...kept, inputs }
}

function renewInput(folder: Folder | undefined, input: Input, limit: number): Input | undefined {
  if (!folder) return undefined
  const stamp = stampOf(join(folder.path, input.path))
  if (stamp && isSettled(input) && isEqual(stamp, input.stamp)) return input
  const content = folder.read(input.path, limit)
  if (typeof content === 'string' || sha256(content.bytes) !== input.hash) return undefined
  return { ...input, stamp: content.stamp, readAt: Date.now() }
}

function isSettled({ stamp, readAt }: Input): boolean {
  return BigInt(stamp.ctime) / NANOSECONDS < readAt - SETTLING
}

function isEqual(a: Stamp, b: Stamp): boolean {
  return (
    a.size === b.size &&
    a.mtime === b.mtime &&
    a.ctime === b.ctime &&
    a.inode === b.inode &&
    a.device === b.device
  )
}
