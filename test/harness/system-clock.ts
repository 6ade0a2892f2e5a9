import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onCleanup } from './cleanup.ts'
import { Workspace } from './workspace.ts'

const LIBRARIES = '/usr/lib'
const LIBRARY = 'faketime/libfaketimeMT.so.1'

/** What takes the place of the system's clock for processes that are started with its environment. */
export interface SystemClock {
  readonly env: Readonly<Record<string, string>>
  /** Sets it so many seconds away from what it is. */
  set(seconds: number): void
}

/** Why no clock can be set here; undefined where it can. For `test.skipIf`. */
export function systemClockMissing(): string | undefined {
  return findLibrary() ? undefined : 'faketime is not installed: apt-get install faketime'
}

/** A clock that only its processes see, and that the test may set. The monotonic one stays. */
export function systemClock(): SystemClock {
  const workspace = new Workspace('clock')
  onCleanup(() => workspace.remove())
  const file = workspace.path('offset')
  const set = (seconds: number) => writeFileSync(file, `${seconds < 0 ? '' : '+'}${seconds}`)
  set(0)
  return {
    env: {
      LD_PRELOAD: findLibrary() ?? '',
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    },
    set,
  }
}

/** In the folder of this machine's architecture. */
function findLibrary(): string | undefined {
  const folder = readdirSync(LIBRARIES).find((name) => name.endsWith('-linux-gnu'))
  if (folder === undefined) return undefined
  const found = readdirSync(join(LIBRARIES, folder)).includes('faketime')
  return found ? join(LIBRARIES, folder, LIBRARY) : undefined
}
