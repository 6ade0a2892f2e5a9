import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Build } from './build.ts'
import { cardsBehind, PAGE } from './cards.ts'
import { unknownBuild } from './errors.ts'
import { compileHinted } from './wasm/branch-hints.ts'
import { meter } from './wasm/meter.ts'
import { restorer } from './wasm/restorer.ts'
import type { Cards } from './wasm/write-marks.ts'

/** The compiled engine of one build, for one size of memory; instances of it share their code. */
export interface EngineModule {
  readonly build: Build
  /** Bytes of memory that a guest has. */
  readonly memoryBytes: number
  /** Where in memory it marks what it writes to. */
  readonly cards: Cards
  readonly module: WebAssembly.Module
  /** Restores that memory. */
  readonly restorer: WebAssembly.Module
}

/**
 * Reads a build's file, checks that it is that very file, meters and compiles it: some 20 ms of
 * rewriting. The import that is called when fuel has burnt is Emscripten's clearing of its
 * keep-alive counter, which nothing in the engine uses.
 */
export function loadEngineModule(build: Build, memory: number): EngineModule {
  const source = readBuild(build)
  const memoryBytes = Math.floor(memory / PAGE) * PAGE
  const cards = cardsBehind(memoryBytes)
  const { bytes } = meter(source, {
    burnt: { module: build.module, name: build.imports.clearKeepalive },
    at: 'loops and entries',
    cards,
  })
  const own = new WebAssembly.Module(restorer(cards, memoryBytes))
  return { build, memoryBytes, cards, module: compileHinted(bytes), restorer: own }
}

/** The build's file as it was published. */
export function readBuild(build: Build): Buffer {
  const file = createRequire(import.meta.url).resolve(build.file)
  const source = readFileSync(file)
  const hash = createHash('sha256').update(source).digest('hex')
  if (hash !== build.sha256) throw unknownBuild(build.file, hash)
  return source
}
