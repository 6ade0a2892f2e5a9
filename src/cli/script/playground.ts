import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Answer, ask, type Question } from './ask.ts'
import { FILES, playgroundConfig, type ServerName, socketIn } from './playground-config.ts'
import type { ScriptWords } from './script-words.ts'

/** Why a script cannot be served: what the gateway said. */
export class ScriptRefused extends Error {}

/** Between two looks whether it listens, in milliseconds. */
const LOOK_EVERY = 10
/** Ends with the command that has started it, however that ends. */
const WATCH = 'data:text/javascript,process.stdin.resume().once("close",()=>process.exit())'
/** What a service manager has told this process is not for another one. */
const NOT_FOR_IT = ['LISTEN_FDS', 'LISTEN_PID', 'NOTIFY_SOCKET'] as const

/**
 * A gateway of its own that serves one script, on unix sockets in a temporary folder. It is a real
 * one, in its own process: what it does with a request, it does in a location.
 */
export class Playground {
  readonly #folder: string
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  readonly #end = () => {
    this.#child.kill('SIGKILL')
    rmSync(this.#folder, { recursive: true, force: true })
  }
  #said = ''

  private constructor(folder: string) {
    this.#folder = folder
    const env = { ...process.env }
    for (const name of NOT_FOR_IT) delete env[name]
    const node = [...process.execArgv, '--import', WATCH]
    const words = [process.argv[1] as string, '-c', join(folder, FILES.config)]
    this.#child = spawn(process.execPath, [...node, ...words], {
      env,
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    this.#child.stderr?.on('data', (text) => {
      this.#said += text
    })
    this.#ended = new Promise((done) => this.#child.once('close', () => done()))
    process.once('exit', this.#end)
  }

  /** Starts one; rejects with `ScriptRefused` where its script cannot be served. */
  static async start(words: ScriptWords): Promise<Playground> {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-playground-'))
    try {
      writeFileSync(join(folder, FILES.config), playgroundConfig(folder, words))
    } catch (error) {
      rmSync(folder, { recursive: true })
      throw error
    }
    const playground = new Playground(folder)
    try {
      await playground.#ready()
    } catch (error) {
      await playground.close()
      throw error
    }
    return playground
  }

  /** Its process. */
  get pid(): number {
    return this.#child.pid as number
  }

  /** Asks one of its servers. */
  ask(server: ServerName, question: Question): Promise<Answer> {
    return ask(socketIn(this.#folder, server), question)
  }

  /** Lets it finish what goes on behind its answers, and ends it. */
  async finish(): Promise<void> {
    this.#child.kill('SIGQUIT')
    await this.#ended
  }

  /** A file it has written. */
  read(file: keyof typeof FILES): string {
    return readFileSync(join(this.#folder, FILES[file]), 'utf8')
  }

  async close(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
    this.#end()
    process.off('exit', this.#end)
  }

  async #ready(): Promise<void> {
    let hasEnded = false
    void this.#ended.then(() => {
      hasEnded = true
    })
    while (!(await listens(socketIn(this.#folder, 'shown')))) {
      if (hasEnded) throw new ScriptRefused(reasonsIn(this.#said, this.#folder))
      await pause(LOOK_EVERY)
    }
  }
}

function listens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

/** The reasons without what is of the playground's own configuration: its places and its lines. */
function reasonsIn(said: string, folder: string): string {
  const place = new RegExp(`${folder}/[^:]*:\\d+:\\d+: `, 'g')
  const lines = said
    .replace(/^gateway: \[emerg\] /gm, '')
    .replace(place, '')
    .split('\n')
  const shown = lines.filter((line) => line !== '' && !/^ +\d* +\| /.test(line))
  return [...new Set(shown)].join('\n')
}
