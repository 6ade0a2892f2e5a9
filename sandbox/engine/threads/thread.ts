import type { Worker } from 'node:worker_threads'
import type { Crossing } from '../../border/crossing.ts'
import { Refusal } from '../../border/refusal.ts'
import type { EngineModule } from '../engine-module.ts'
import type { Image } from '../image.ts'
import type { Given } from '../journal.ts'
import { type EngineLimits, THREAD_IMAGES } from '../limits.ts'
import type { Script } from '../script.ts'
import { memoryOfState } from '../state.ts'
import type { Errand, ErrandEnd, Reply } from './errand.ts'
import type { Loss } from './loss.ts'
import type {
  CallMessage,
  EngineNews,
  ErrandMessage,
  FromThread,
  ImageNews,
  SentGiven,
} from './messages.ts'
import { memoryOf, packImage } from './packed-image.ts'
import { startWorker } from './start-worker.ts'

/** What guests of an engine run in: its code, and their limits. */
export interface EngineKind {
  readonly module: EngineModule
  readonly limits: EngineLimits
}

/** Whoever has an errand for a thread. */
export interface Sender {
  readonly kind: EngineKind
  readonly script: Script
  /** What a run has asked for cannot be taken back: only one that begins may be refused. */
  readonly run: 'begins' | 'goes on'
  readonly errand: Errand
  /** Answers a host call of the guest. */
  reply(op: number, a: Crossing, b: Crossing, c: Crossing): Reply
  /** It has been done, or why there is nothing of it. */
  returned(end: ErrandEnd | Loss): void
}

/** A thread that runs guests, one errand at a time. */
export class Thread {
  readonly #worker: Worker
  readonly #signal = new Int32Array(new SharedArrayBuffer(4))
  readonly #left: (thread: Thread) => void
  readonly #engines = new Map<EngineKind, number>()
  /** The images it has; those of scripts in the order they were last asked for. */
  readonly #images = new Map<Image, number>()
  #lastImage = 0
  #sender: Sender | undefined
  #watch: NodeJS.Timeout | undefined
  #isOver = false

  /** `left` is called when it is free again, or has ended. */
  constructor(left: (thread: Thread) => void, main: URL) {
    this.#left = left
    this.#worker = startWorker(main, { signal: this.#signal })
    this.#worker.on('message', (message: FromThread) => this.#hear(message))
    this.#worker.once('error', () => this.#end('died'))
    this.#worker.once('exit', () => this.#end('died'))
    this.#worker.unref()
  }

  get isFree(): boolean {
    return this.#sender === undefined
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Takes an errand, with so many milliseconds by the clock for it; the thread must be free. */
  take(sender: Sender, patience: number): void {
    this.#sender = sender
    this.#watch = setTimeout(() => this.end('late'), patience)
    this.#worker.ref()
    const message = this.#messageFor(sender)
    const images = message.newImages.flatMap(({ image }) => memoryOf(image))
    const state = message.state ? memoryOfState(message.state) : []
    this.#worker.postMessage(message, [...images, ...state])
  }

  /** Ends the thread in whatever it does. */
  end(why: Loss): void {
    void this.#worker.terminate()
    this.#end(why)
  }

  #hear(message: FromThread): void {
    const sender = this.#sender
    if (!sender || this.#isOver) return
    if (message.kind === 'call') {
      this.#answer(sender, message)
      return
    }
    this.#rest()
    sender.returned(message.kind === 'diverged' ? 'diverged' : message)
    this.#left(this)
  }

  #answer(sender: Sender, { a, b, c, op }: CallMessage): void {
    const reply = sender.reply(op, a, b, c)
    this.#worker.postMessage(
      reply.kind === 'value' ? { ...reply, value: whole(reply.value) } : reply,
    )
    Atomics.add(this.#signal, 0, 1)
    Atomics.notify(this.#signal, 0)
  }

  #rest(): void {
    clearTimeout(this.#watch)
    this.#sender = undefined
    this.#worker.unref()
  }

  #end(why: Loss): void {
    if (this.#isOver) return
    this.#isOver = true
    const sender = this.#sender
    this.#rest()
    sender?.returned(why)
    this.#left(this)
  }

  #messageFor({ errand, kind, script }: Sender): ErrandMessage {
    const known = this.#engines.get(kind)
    const engine = known ?? this.#engines.size
    this.#engines.set(kind, engine)
    const newEngine: EngineNews = { id: engine, ...kind }
    const newImages: ImageNews[] = []
    const image = this.#idOf(script.image, newImages)
    return {
      ...errand,
      kind: 'errand',
      engine,
      newEngine: known === undefined ? newEngine : undefined,
      image,
      newImages,
      oldImages: this.#forget(),
      anchors: script.anchors,
      given: errand.given.map(sent),
    }
  }

  /** The number of an image, which is sent with what it lies on where the thread has not got it. */
  #idOf(image: Image, news: ImageNews[]): number {
    const under = image.under && this.#idOf(image.under, news)
    const id = this.#images.get(image) ?? ++this.#lastImage
    if (!this.#images.delete(image)) news.push({ id, under, image: packImage(image) })
    this.#images.set(image, id)
    return id
  }

  /** Those of scripts that nobody has asked for in a long time; there are few bases. */
  #forget(): number[] {
    const scripts = [...this.#images].filter(([image]) => image.under)
    const old = scripts.slice(0, Math.max(scripts.length - THREAD_IMAGES, 0))
    for (const [image] of old) this.#images.delete(image)
    return old.map(([, id]) => id)
  }
}

function sent(given: Given): SentGiven {
  if (!(given instanceof Refusal)) return { value: given }
  return { refused: { name: given.name, message: given.message } }
}

/** A part of a larger memory would cross with all of it. */
function whole<T>(value: T): T | Uint8Array {
  return value instanceof Uint8Array ? new Uint8Array(value) : value
}
