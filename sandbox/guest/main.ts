import { enter } from './dispatch.ts'
import { installGlobals } from './globals.ts'
import { load } from './script.ts'
import { settle } from './tickets.ts'

// The engine takes these from the global object before any script runs.
Object.assign(globalThis, { enter, settle, load })
installGlobals()
